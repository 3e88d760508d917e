// The rules of a zone's kind: limit, where it comes from, and how the zone fares.

function section(key, ...children) {
  return make("section", null, make("h3", null, say(key)), ...children);
}

function ruleRow(zone, place) {
  const rule = kindOf(zone).rules[place];
  const { outcome, area_ha: area, low, high } = zone.rules[place];
  const mark = { passed: "✓", undecided: "?", failed: "✗" }[outcome];
  const origin = say(rule.assumed ? "limit_assumed" : "limit_sourced");
  const how = area === null ? sayWord("rule", outcome) : `${sayWord("rule", outcome)} · ${say("hectares", { area: number(area, 1) })}`;
  const why = outcome === "passed" ? "" : nameOf(rule.reason);
  const told = [how, rangeText(kindOf(zone), place, low, high), why, origin].filter(Boolean).join(" · ");
  return make("li", { class: outcome }, make("span", { class: "mark", "aria-hidden": "true" }, mark), make("span", null, ruleWords(kindOf(zone), place), make("small", null, told)));
}

function sizeRow(zone) {
  const kind = kindOf(zone);
  const passes = zone.outcome !== "refused" || zone.area_ha >= kind.minimum_ha;
  const told = [sayWord("rule", passes ? "passed" : "failed"), say("measured_is", { value: say("hectares", { area: number(zone.area_ha, 1) }) }), say("gap_assumed", { gap: number(kind.gap_m) })].join(" · ");
  return make("li", { class: passes ? "passed" : "failed" }, make("span", { class: "mark", "aria-hidden": "true" }, passes ? "✓" : "✗"), make("span", null, say("least_zone", { area: number(kind.minimum_ha) }), make("small", null, told)));
}

function rules(zone) {
  return section("rules_of_kind", make("ul", { class: "rules" }, ...kindOf(zone).rules.map((_, place) => ruleRow(zone, place)), sizeRow(zone)));
}
