// A page that is all text: the reader's language, the list of pages, print. Without it both languages show.

const TAGS = { en: "en-HK", zh: "zh-Hant-HK" };
const root = document.documentElement;
const byId = (id) => document.getElementById(id);

function said(node, language) {
  return node.querySelector(`[lang="${TAGS[language]}"]`).textContent;
}

function speak(language) {
  root.dataset.language = language;
  root.lang = TAGS[language];
  document.title = `${said(byId("title"), language)} · ${said(document.querySelector("#pages [aria-current]"), language)}`;
  byId("language").textContent = language === "en" ? "繁體中文" : "English";
  byId("language").lang = language === "en" ? TAGS.zh : TAGS.en;
  for (const link of document.querySelectorAll("[data-page]")) link.setAttribute("href", `${link.getAttribute("href").split("#")[0]}#lang=${language}`);
}

function asked() {
  const language = new URLSearchParams(window.location.hash.slice(1, 2000)).get("lang");
  return language === "zh" || (language === null && navigator.language.startsWith("zh")) ? "zh" : "en";
}

function openPages(open) {
  byId("pages").classList.toggle("opened", open);
  byId("pages-toggle").setAttribute("aria-expanded", String(open));
}

// On a phone long parts are folded, all but the first, until they are asked for.
function fold() {
  if (!window.matchMedia("(max-width: 760px)").matches) return;
  for (const details of [...document.querySelectorAll("details.fold")].slice(1)) details.open = false;
}

function unfoldTarget() {
  const target = byId(window.location.hash.slice(1));
  const details = target?.querySelector("details.fold");
  if (!details) return;
  details.open = true;
  target.scrollIntoView();
}

root.classList.add("scripted");
fold();
unfoldTarget();
speak(asked());
openPages(false);
byId("language").addEventListener("click", () => {
  speak(root.dataset.language === "en" ? "zh" : "en");
  window.history.replaceState(null, "", `#lang=${root.dataset.language}`);
});
byId("print").addEventListener("click", () => window.print());
byId("pages-toggle").addEventListener("click", () => openPages(!byId("pages").classList.contains("opened")));
document.addEventListener("click", (event) => {
  if (!byId("pages").contains(event.target)) openPages(false);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") openPages(false);
});
window.addEventListener("hashchange", () => {
  unfoldTarget();
  if (window.location.hash.startsWith("#lang=")) speak(asked());
});
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details.fold")) details.open = true;
});
