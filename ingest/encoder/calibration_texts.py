"""Calibration texts, written for this: int8 quantisation is calibrated on them and compared with float32 by them.

They are of many kinds (questions, headings, sentences, passages) and about many things, and the same for every corpus:
the encoder depends on the model alone.
"""

from __future__ import annotations

CALIBRATION_TEXTS = (
    "Ferries leave the north pier every twenty minutes until the last tram has come in.",
    "What should I do if a tablet was forgotten?",
    "is it normal to feel dizzy after standing up too fast",
    "Opening hours",
    "Side effects > When to call the clinic\nCall at once if your lips swell, if you cannot breathe easily, or if a "
    "rash spreads within an hour. Keep the packet at hand: whoever answers will ask for the number on its side.",
    "The beam carried 4.2 kN before it cracked; the second, with a wider flange, carried 5.1 kN and bent instead.",
    "how do i renew a library card that has run out",
    "Tomatoes want warm soil. Sow them indoors eight weeks before the last frost, and plant them out when nights stay "
    "above ten degrees.",
    "The committee shall publish its findings within ninety days of the hearing, unless both parties agree otherwise.",
    "Which treaty ended the war, and in what year was it signed?",
    "Nerve cells that move the muscles send their signals along fibres up to a metre long.",
    "list files by size in a shell",
    "To undo the last commit without losing its changes, reset the branch to the commit before and keep the work tree.",
    "Risk factors\n- A parent or sibling with the same disease\n- Smoking for more than ten years\n- Solvents at work",
    "Can the vaccine be given to children under two?",
    "In the trial 312 people took the new drug and 305 a placebo; after a year 61% and 44% of them walked unaided.",
    "The novel opens on a railway platform in winter, and returns there in its final chapter.",
    "Gross domestic product fell by 1.3 per cent in the third quarter, the first fall in six years.",
    "why does bread not rise",
    "Supersonic flow over a blunt body forms a detached shock whose distance grows as the Mach number falls.",
    "Who wrote the opera that was first sung in the ruined amphitheatre?",
    "Payment is due on the first of each month. A tenant who pays late owes two euros a day from the fifth day on.",
    "Glossary > Isotope\nAtoms of one element whose nuclei hold different numbers of neutrons.",
    "My neighbour's dog barks all night and I have tried talking to her. Twice. She says that it is my windows. What "
    "can the council do about it?",
    "Antibodies against the receptor were found in nine of ten mice, and in none of the controls.",
    "the quarterback threw for three touchdowns in the second half",
    "Café São Jorge, 17 Rua da Rosa: closed on Mondays; no cards taken.",
    "Warranty",
    "A function that is called with too few arguments raises TypeError and names those that are missing.",
    "Blood is drawn from a vein in the arm, spun, and the clear part kept at -20 °C until it is tested for the enzyme.",
    "how long can cooked rice stay in the fridge",
    "The glacier has lost a third of its length since it was first mapped in 1874, most of that after 1990.",
    "ibuprofen 400 mg maximum daily dose adults",
    "Where does the river rise, and through which countries does it run on its way to the sea?",
    "People may feel sad, angry or numb after such news. There is no right way to take it, and no need to decide "
    "anything on the same day. Many find it easier to come back with a friend and a list of questions.",
    "Population: 48,210 (2021)",
    "The kernel hands the page to the driver, which maps it for the device and starts the transfer.",
    "Was the bridge ever rebuilt?",
    "She was elected in 1911, resigned in 1914 over the naval budget, and never stood again.",
    "definition of marginal cost",
)
