// What is said, in the reader's language. Text enters the page as text, never as markup.

const TAGS = { en: "en-HK", zh: "zh-Hant-HK" };

function say(key, fields = {}) {
  const text = data.strings[state.language][key];
  if (text === undefined) throw new Error(`no string ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, field) => String(fields[field]));
}

// A word of the data such as a status: translated where we know it, as it stands where not.
function sayWord(kind, word) {
  return data.strings[state.language][`${kind}_${word.replaceAll("-", "_")}`] ?? word;
}

function nameOf(thing) {
  return thing[state.language];
}

function siteName(site) {
  return data.sites[state.language][site] || data.sites.id[site];
}

function areaName(site) {
  const area = data.sites.area_id[site];
  return area ? nameOf(data.areas[area]) : "";
}

function number(value, decimals = 0) {
  return new Intl.NumberFormat(TAGS[state.language], { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);
}

function withUnit(value, decimals, unit) {
  if (unit === "year") return String(Math.round(value)); // 2031, not 2,031
  return `${number(value, decimals)}${unit === "°" ? "" : " "}${sayWord("unit", unit)}`.trim();
}

function percent(share, decimals = 0) {
  return `${number(share * 100, decimals)}%`;
}

function weightText(share) {
  return percent(share, Math.abs(share * 100 - Math.round(share * 100)) < 0.05 ? 0 : 1);
}

// Jobs, rounded down: what is unknown adds nothing. The share is that of the land whose floor space is known.
function jobsWords(jobs, share) {
  if (jobs === null) return say("jobs_unknown");
  const count = jobs < 1000 ? Math.floor(jobs / 10) * 10 : Math.floor(jobs / 100) * 100;
  return share === null ? say("jobs_at_least", { count: number(count) }) : say("jobs_at_least_known", { count: number(count), share: percent(share) });
}

function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

function byId(id) {
  return document.getElementById(id);
}

function swatch(kind) {
  return make("span", { class: `swatch ${kind}`, "aria-hidden": "true" });
}

function announce(text) {
  byId("toast").replaceChildren(text);
  byId("toast").classList.add("shown");
  window.setTimeout(() => byId("toast").classList.remove("shown"), 4000);
}

function translatePage() {
  document.documentElement.lang = TAGS[state.language];
  const title = nameOf({ en: data.stamp.name_en, zh: data.stamp.name_zh });
  byId("title").textContent = title;
  for (const link of document.querySelectorAll("#pages a")) link.setAttribute("href", `${link.getAttribute("href").split("#")[0]}#lang=${state.language}`);
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = say(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", say(node.dataset.label));
  document.title = `${title} · ${document.querySelector("#pages [aria-current]").textContent}`;
  map.getContainer().setAttribute("aria-label", say("map"));
  byId("language").textContent = state.language === "en" ? "繁體中文" : "English";
  byId("language").lang = state.language === "en" ? TAGS.zh : TAGS.en;
  for (const node of document.querySelectorAll(".caveat-text")) node.textContent = data.stamp[`caveat_${state.language}`];
  for (const node of document.querySelectorAll(".stamp-text")) node.textContent = stampText();
}

function stampText() {
  return say("stamp", { date: data.stamp.data_date, hash: data.stamp.study_hash, version: data.stamp.version });
}
