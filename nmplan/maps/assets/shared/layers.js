// The part of the key where layers are shown and hidden.

// Each layer by what it draws, the page's own first.
function layersInOrder() {
  return { ...pageLayers(), rail: context.lines, crossings: context.crossings, suppliers: context.suppliers, conservation: context.constraints, labels: [...context.places, ...context.areas, ...context.stations] };
}

function layerNames() {
  return Object.entries(layersInOrder()).filter(([, things]) => things.length > 0).map(([name]) => name);
}

function drawLayerToggles() {
  const toggles = layerNames().map((name) => {
    const box = make("input", { type: "checkbox", id: `layer-${name}`, change: (event) => toggleLayer(name, event.target.checked) });
    box.checked = state.shown[name];
    return make("label", null, box, swatch(`layer-${name}`), make("span", null, say(`layer_${name}`)));
  });
  byId("key-layers").replaceChildren(...toggles);
}

function toggleLayer(name, shown) {
  state.shown[name] = shown;
  if (groups[name]) shown ? groups[name].addTo(map) : groups[name].remove();
  drawLabels();
}

function openKey(open) {
  byId("key").classList.toggle("closed", !open);
  byId("key-toggle").setAttribute("aria-expanded", String(open));
}
