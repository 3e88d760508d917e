// Rules as switches: no weight can outweigh one, but a reader may ask what if it were not there, and is told so everywhere.

// Whether a rule of the tenant can be switched: without a value there is nothing to score.
function isSwitch(place) {
  const rule = data.tenants[state.tenant].rules[place];
  return rule !== undefined && !rule.needs_value;
}

function ruleText(rule) {
  return [nameOf(rule), rule.limit, rule.limit && rule.unit !== "year" && sayWord("unit", rule.unit)].filter(Boolean).join(" ");
}

// Rules in force that are not decided for a site.
function openRules(site) {
  return failuresOf(state.tenant, state.scenario, site).filter(({ rule, undecided }) => undecided && !rulesOff().has(rule)).map(({ rule }) => data.tenants[state.tenant].rules[rule]);
}

// After the name of a ranked site with such a rule; nothing after any other.
function openMark(site) {
  if (!view.ranking.ranks[site] || view.ranking.verdict[site] !== UNDECIDED) return null;
  const text = say("open_rules", { rules: openRules(site).map(ruleText).join(state.language === "en" ? ", " : "、") });
  return make("span", { class: "open-mark", role: "img", title: text, "aria-label": text }, "?");
}

// Said wherever the ranking is: empty while every rule holds.
function offText() {
  const names = [...rulesOff()].map((place) => ruleText(data.tenants[state.tenant].rules[place]));
  return names.length ? say("rules_off", { rules: names.join(state.language === "en" ? ", " : "、") }) : "";
}

function switchRule(place, on) {
  if (on) rulesOff().delete(place);
  else rulesOff().add(place);
  rankAgain();
}

function drawSwitches() {
  const rows = data.tenants[state.tenant].rules.map((rule, place) => {
    if (!isSwitch(place)) return null;
    const box = make("input", { type: "checkbox", id: `rule-${place}`, "aria-describedby": `rule-${place}-why`, change: (event) => switchRule(place, event.target.checked) });
    box.checked = !rulesOff().has(place);
    return make("li", null, box, make("label", { for: `rule-${place}` }, ruleText(rule)), make("small", { id: `rule-${place}-why` }, nameOf(rule.reason)));
  });
  byId("rule-list").replaceChildren(...rows.filter(Boolean));
  byId("rule-part").hidden = !rows.some(Boolean);
}

const whatIf = map.getContainer().appendChild(make("p", { id: "whatif", role: "status", hidden: "" }));

function drawWhatIf() {
  whatIf.textContent = offText();
  whatIf.hidden = rulesOff().size === 0;
  byId("rules-on").disabled = rulesOff().size === 0;
}
