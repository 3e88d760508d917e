// Files a reader takes away.

// A spreadsheet takes text that begins like a formula for one: an apostrophe keeps it text.
function csvCell(value) {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// Rows by column; with a mark at its start by which Excel knows UTF-8.
function csvText(heads, rows) {
  return `\uFEFF${[heads, ...rows.map((row) => heads.map((head) => csvCell(row[head])))].map((cells) => cells.join(",")).join("\r\n")}\r\n`;
}

function saveFile(names, ending, kind, text) {
  const address = URL.createObjectURL(new Blob([text], { type: kind }));
  make("a", { href: address, download: `${names.join("-").replace(/[^\w-]+/g, "_")}.${ending}` }).click();
  window.setTimeout(() => URL.revokeObjectURL(address), 10000);
}
