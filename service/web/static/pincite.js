// Shows answers without loading the whole page anew, and copies addresses. Nothing here is needed: without it,
// the same links and forms do the same things.
"use strict";

(() => {
  const part = id => document.getElementById(id);
  const here = () => location.pathname + location.search;
  const say = text => { part("page_status").textContent = text; };
  const { suggestions } = document.currentScript.dataset;
  let shown = here(); // what the page shows, or is about to
  let waiting; // the request under way; a newer one takes its place

  function isSearch(url) {
    const home = new URL(document.querySelector("a.brand").href);
    return url.origin === home.origin && url.pathname === home.pathname && url.searchParams.has("q");
  }

  // how the page was left, to be found so again: the place, and whether the further passages were unfolded
  const more = () => document.querySelector("details.others");
  const left = () => ({ top: scrollY, open: more()?.open });

  function restore(state) {
    if (state?.open && more()) more().open = true;
    scrollTo(0, state?.top ?? 0);
  }

  async function show(state) {
    waiting?.abort();
    const { signal } = waiting = new AbortController();
    const slow = setTimeout(() => say("Searching…"), 400);
    const address = location.href;
    shown = here();
    part("page_main").setAttribute("aria-busy", "true");
    try {
      const response = await fetch(address, { headers: { Accept: "text/html" }, signal });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      part("page_all").replaceWith(document.adoptNode(page.getElementById("page_all")));
      document.title = page.title;
      ready();
      part("page_status").lang = document.querySelector("h1").lang || "en"; // a question is met in its own language
      const wrong = part("page_wrong"), card = part("page_card");
      const spot = part(location.hash.slice(1)); // a passage further down that the address names
      (card ?? part(wrong ? "page_q" : "") ?? spot ?? part("page_main")).focus({ preventScroll: true });
      if (spot && !state?.top) spot.scrollIntoView();
      else restore(state);
      say([part("page_urgent"), wrong ?? document.querySelector("h1")].flatMap(said => said?.textContent ?? []).join(". "));
    } catch {
      if (!signal.aborted) location.reload(); // the browser says what is wrong
    } finally {
      clearTimeout(slow);
    }
  }

  function go(url) {
    history.replaceState(left(), "");
    history.pushState(null, "", url);
    show(null);
  }

  async function copy(text, control) {
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      said = "Your browser does not let pages copy";
    }
    control.dataset.said = said;
    say(said);
    control.addEventListener("blur", () => delete control.dataset.said, { once: true });
  }

  // The box grows with the question, and says how much room is left where it is little.
  function fit(box) {
    box.classList.remove("kept");
    if (!CSS.supports("field-sizing", "content")) {
      box.style.height = "auto";
      box.style.height = `${box.scrollHeight + 4}px`;
    }
    const [length, most, count] = [box.value.length, box.maxLength, part("page_count")];
    const left = most - length;
    const full = left > 0 ? "" : ". No more fits: ask about one thing, in fewer words.";
    count.hidden = length < most * .9;
    count.textContent = `${length.toLocaleString("en")} of ${most.toLocaleString("en")} characters${full}`;
    if (full) say(count.textContent);
  }

  addEventListener("focusin", event => { if (event.target.id === "page_q") fit(event.target); });
  addEventListener("input", event => { if (event.target.id === "page_q") fit(event.target); });
  addEventListener("keydown", event => {
    if (event.target.id !== "page_q" || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });
  addEventListener("toggle", event => {
    if (event.target.matches(".find[open]")) part("page_q").focus();
  }, true); // a toggle does not bubble

  // what works with a script alone is hidden until there is one
  const ready = () => document.querySelectorAll("button.copy").forEach(button => { button.hidden = false; });

  // the script that suggests questions is fetched when somebody comes to the box, not before
  function suggest() {
    if (document.activeElement !== part("page_q")) return;
    removeEventListener("focusin", suggest);
    const script = document.createElement("script");
    script.src = suggestions;
    document.head.append(script);
  }

  // fields of a filter that are left empty stand in no address
  addEventListener("formdata", ({ formData }) => {
    for (const name of ["publishers", "languages", "tags", "since", "until"]) {
      const filled = formData.getAll(name).filter(Boolean);
      formData.delete(name);
      for (const value of filled) formData.append(name, value);
    }
  });

  addEventListener("submit", event => {
    if (!event.target.matches(".search")) return;
    event.preventDefault();
    const url = new URL(event.target.action);
    url.search = new URLSearchParams(new FormData(event.target));
    go(url);
  });

  addEventListener("click", event => {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const control = event.target.closest("a, button.copy");
    if (!control) return;
    if (control.hash === "#page_sections") part("page_sections").open = true; // then the browser goes there
    const url = new URL(control.dataset.address ?? control.href ?? "", location);
    if (control.matches(".copy, .here")) copy(control.dataset.copy ?? part(control.dataset.text)?.textContent ?? url.href, control);
    else if (isSearch(url)) go(url);
    else return;
    event.preventDefault();
  });

  addEventListener("popstate", event => {
    if (here() !== shown) show(event.state);
  });

  addEventListener("focusin", suggest);
  suggest();

  history.scrollRestoration = "manual";
  addEventListener("pagehide", () => history.replaceState(left(), ""));
  if (history.state) restore(history.state);
  ready();
  part("page_card")?.focus({ preventScroll: true });
})();
