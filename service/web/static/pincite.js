// Shows answers without loading the whole page anew, and copies addresses. Nothing here is needed: without it,
// the same links and forms do the same things.
"use strict";

(() => {
  const part = id => document.getElementById(id);
  const here = () => location.pathname + location.search;
  const say = text => { part("page_status").textContent = text; };
  let shown = here(); // what the page shows, or is about to
  let waiting; // the request under way; a newer one takes its place

  function isSearch(url) {
    const home = new URL(document.querySelector("a.brand").href);
    return url.origin === home.origin && url.pathname === home.pathname && url.searchParams.has("q");
  }

  async function show(top) {
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
      part("page_main").focus({ preventScroll: true });
      scrollTo(0, top);
      say(document.querySelector("h1").textContent);
    } catch {
      if (!signal.aborted) location.reload(); // the browser says what is wrong
    } finally {
      clearTimeout(slow);
    }
  }

  function go(url) {
    history.replaceState({ top: scrollY }, "");
    history.pushState(null, "", url);
    show(0);
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

  // what works with a script alone is hidden until there is one
  const ready = () => document.querySelectorAll("button.copy").forEach(button => { button.hidden = false; });

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
    const url = new URL(control.dataset.address ?? control.href ?? "", location);
    if (control.matches(".copy, .here")) copy(part(control.dataset.text)?.textContent ?? url.href, control);
    else if (isSearch(url)) go(url);
    else return;
    event.preventDefault();
  });

  addEventListener("popstate", event => {
    if (here() !== shown) show(event.state?.top ?? 0);
  });

  history.scrollRestoration = "manual";
  addEventListener("pagehide", () => history.replaceState({ top: scrollY }, ""));
  if (history.state?.top) scrollTo(0, history.state.top);
  ready();
})();
