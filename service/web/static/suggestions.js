// Suggests questions that the documents answer while one is typed. Nothing here is needed: without it a question is
// typed as ever. What is typed goes to this service alone, in the body of a request, from the second letter on.
"use strict";

(() => {
  const PAUSE = 150; // ms without a key before it asks
  const LEAST = /[\p{L}\p{N}].*[\p{L}\p{N}]/su; // two letters or digits
  let timer, waiting;

  const field = () => document.getElementById("page_q");
  const list = () => document.getElementById("page_suggestions");
  const options = () => [...list()?.children ?? []];
  const chosen = () => list()?.querySelector("[aria-selected=true]");
  const set = (element, attributes) => {
    for (const name in attributes) element.setAttribute(name, attributes[name]);
  };

  function close() {
    clearTimeout(timer);
    waiting?.abort();
    if (!list()) return;
    list().remove();
    const box = field();
    box.removeAttribute("aria-activedescendant");
    box.removeAttribute("aria-controls");
  }

  // The combobox pattern of the ARIA Authoring Practices. A textarea may not have that role: it says the same with
  // the attributes that a text box has, and how many suggestions there are is announced.
  function prepare(box) {
    set(box, { "aria-autocomplete": "list", "aria-haspopup": "listbox" });
  }

  function open(box, questions) {
    close();
    if (!questions.length) return;
    const made = document.createElement("ul");
    set(made, { id: "page_suggestions", role: "listbox", "aria-label": "Suggested questions" });
    questions.forEach((question, n) => {
      const option = document.createElement("li");
      set(option, { id: `page_suggestion_${n}`, role: "option", "aria-selected": false });
      option.textContent = question;
      made.append(option);
    });
    box.closest(".ask").append(made);
    made.style.top = `${box.offsetTop + box.offsetHeight + 4}px`;
    set(box, { "aria-controls": made.id });
    const count = questions.length === 1 ? "1 suggestion" : `${questions.length} suggestions`;
    document.getElementById("page_status").textContent = `${count}. The down arrow goes to them.`;
  }

  async function ask(box) {
    waiting?.abort();
    const { signal } = waiting = new AbortController();
    const typed = box.value;
    try {
      const address = new URL("suggestions", new URL(box.form.action));
      const response = await fetch(address, { method: "POST", body: new URLSearchParams(new FormData(box.form)), signal });
      if (response.ok && box.value === typed && document.activeElement === box) open(box, await response.json());
    } catch {
      // aborted by a newer one, or no answer: the question can be typed without suggestions
    }
  }

  function choose(option) {
    const box = field();
    box.value = option.textContent;
    close();
    box.form.requestSubmit();
  }

  function move(step) {
    const all = options();
    const at = all.indexOf(chosen());
    const next = all[at + step] ?? (at < 0 && step < 0 ? all.at(-1) : undefined); // past either end: the box again
    if (at >= 0) set(all[at], { "aria-selected": false });
    if (next) {
      set(next, { "aria-selected": true });
      next.scrollIntoView({ block: "nearest" });
      set(field(), { "aria-activedescendant": next.id });
    } else field().removeAttribute("aria-activedescendant");
  }

  function typed(box) {
    prepare(box);
    clearTimeout(timer);
    waiting?.abort();
    if (LEAST.test(box.value)) timer = setTimeout(ask, PAUSE, box);
    else close();
  }

  // first of all, before a key sends the form
  addEventListener("keydown", event => {
    if (event.target !== field() || !list() || event.isComposing) return;
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") move(key === "ArrowDown" ? 1 : -1);
    else if (key === "Enter" && !event.shiftKey && chosen()) choose(chosen());
    else if (key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  addEventListener("focusin", event => {
    if (event.target === field()) prepare(event.target);
    else close();
  });
  addEventListener("input", event => {
    if (event.target === field() && !event.isComposing) typed(field());
  });
  addEventListener("compositionend", event => {
    if (event.target === field()) typed(field());
  });
  if (document.activeElement === field()) { // before this script was there
    prepare(field());
    if (field().value !== field().defaultValue) typed(field());
  }
  addEventListener("submit", close, true);
  addEventListener("mousedown", event => {
    const option = event.target.closest?.("#page_suggestions > li");
    if (option) event.preventDefault(); // the focus stays in the box
    else if (event.target !== field()) close();
  });
  addEventListener("click", event => {
    const option = event.target.closest?.("#page_suggestions > li");
    if (option) choose(option);
  });
})();
