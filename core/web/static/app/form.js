"use strict";
/* Forms: figures computed by the server while one types, the lines grid, keys. Loaded before app.js. */
(() => {
  const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
  const form = () => document.getElementById("form");
  let timer = 0;
  let asked = 0;
  let made = 0;

  /* An input that the server filled in is left out of the next question, so that it follows what it depends on. */
  const own = new WeakMap();
  const isFilled = input => own.has(input) && own.get(input) === input.value;

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(compute, 250);
  }

  async function compute() {
    const here = form();
    if (!here) return;
    const number = ++asked;
    const data = new FormData(here);
    for (const input of all("input[name], select[name], textarea[name]", here)) if (isFilled(input)) data.set(input.name, "");
    const token = document.querySelector("meta[name=csrf-token]").content;
    let answer;
    try {
      const response = await fetch(here.dataset.compute, { method: "POST", body: data, headers: { "X-CSRFToken": token, Accept: "application/json" } });
      if (!response.ok) return;
      answer = await response.json();
    } catch {
      return;
    }
    if (number === asked && here.isConnected) show(here, answer);
  }

  function show(here, answer) {
    for (const output of all("[data-figure]", here)) {
      const html = answer.figures[output.dataset.figure];
      output.innerHTML = html === undefined ? "" : html;
    }
    for (const input of all("input[name], select[name], textarea[name]", here)) {
      if (input === document.activeElement || input.type === "hidden" || input.type === "checkbox") continue;
      if (input.tomselect && input.tomselect.isFocused) continue;
      if (input.value === "" || isFilled(input)) fill(input, answer.values[input.name]);
    }
  }

  function fill(input, value) {
    if (value === undefined) {
      if (isFilled(input)) set(input, "");
      return;
    }
    const text = typeof value === "object" ? value.value : value;
    if (typeof value === "object" && input.tomselect) input.tomselect.addOption({ value: text, text: value.text });
    set(input, text);
    own.set(input, input.value);
  }

  function set(input, text) {
    if (input.tomselect) input.tomselect.setValue(text, true);
    else input.value = text;
  }

  /* --- rows */
  function addRow(grid, focus) {
    const row = grid.querySelector("[data-empty]").content.firstElementChild.cloneNode(true);
    const key = "n" + ++made + Date.now().toString(36);
    row.dataset.row = key;
    const before = grid.dataset.lines + ".new.";
    const rename = text => text.replaceAll(before, grid.dataset.lines + "." + key + ".").replaceAll("i_" + grid.dataset.lines + "_new_", "i_" + grid.dataset.lines + "_" + key + "_");
    for (const node of all("*", row)) for (const name of ["name", "id", "data-figure"]) if (node.hasAttribute(name)) node.setAttribute(name, rename(node.getAttribute(name)));
    grid.querySelector("[data-rows]").append(row);
    htmx.process(row);
    all("select[data-lookup]", row).forEach(attachSelect);
    if (focus) focusRow(row);
    return row;
  }

  function focusRow(row) {
    const first = row.querySelector("td[data-label] :is(input:not([type=hidden]), select)");
    if (first && first.tomselect) first.tomselect.focus();
    else if (first) first.focus();
  }

  function removeRow(row) {
    const next = row.nextElementSibling || row.previousElementSibling;
    const grid = row.closest("[data-lines]");
    row.remove();
    if (next) next.querySelector("[data-remove]").focus();
    else grid.querySelector("[data-add]").focus();
    soon();
  }

  function nextRow(from) {
    const row = from.closest("[data-row]");
    const column = [...row.children].indexOf(from.closest("td"));
    const grid = row.closest("[data-lines]");
    const next = row.nextElementSibling;
    if (!next) return void addRow(grid, true);
    const target = next.children[column].querySelector("input:not([type=hidden]), select");
    if (target && target.tomselect) target.tomselect.focus();
    else if (target) target.focus();
  }

  function moveRow(row, step) {
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (step < 0) other.before(row);
    else other.after(row);
    row.querySelector("[data-grip]").focus();
    soon();
  }

  document.addEventListener("click", e => {
    const add = e.target.closest("[data-add]");
    if (add) addRow(add.closest("[data-lines]"), true);
    const remove = e.target.closest("[data-remove]");
    if (remove) removeRow(remove.closest("[data-row]"));
  });

  document.addEventListener("keydown", e => {
    const here = form();
    if (!here || !here.contains(e.target)) return;
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      here.requestSubmit(document.getElementById("save"));
      return;
    }
    const grip = e.target.closest("[data-grip]");
    if (grip && /^Arrow(Up|Down)$/.test(e.key)) {
      e.preventDefault();
      moveRow(grip.closest("[data-row]"), e.key === "ArrowUp" ? -1 : 1);
    } else if (e.key === "Enter" && e.target.closest("[data-row]") && e.target.tagName === "INPUT" && !e.target.closest(".dropdown-active")) {
      e.preventDefault();
      nextRow(e.target);
    } else if (e.key === "Enter" && e.target.tagName === "INPUT" && e.target.type !== "submit") {
      e.preventDefault();
    }
  });

  /* --- figures follow what is typed */
  document.addEventListener("input", e => { if (form() && form().contains(e.target)) soon(); });
  document.addEventListener("change", e => { if (form() && form().contains(e.target)) soon(); });

  /* --- after the server has answered with errors: to the first one */
  document.addEventListener("htmx:afterSettle", e => {
    if (e.detail.elt.id !== "form") return;
    const bad = e.detail.elt.querySelector("[aria-invalid=true]");
    const banner = e.detail.elt.querySelector("[role=alert]");
    (bad || banner || e.detail.elt).scrollIntoView({ block: "center" });
    /* a type-ahead would open its choices over the message, so there the banner takes the focus */
    if (bad && !bad.closest(".ts-wrapper") && !bad.tomselect) bad.focus();
    else if (banner) banner.focus();
  });

  /* --- dragging rows */
  document.addEventListener("pointerdown", e => {
    const grip = e.target.closest("[data-grip]");
    if (!grip || e.button) return;
    const row = grip.closest("[data-row]");
    const body = row.parentElement;
    grip.setPointerCapture(e.pointerId);
    row.classList.add("sortable-ghost");
    const move = at => {
      const over = document.elementFromPoint(at.clientX, at.clientY);
      const other = over && over.closest("[data-row]");
      if (!other || other === row || other.parentElement !== body) return;
      const box = other.getBoundingClientRect();
      if (at.clientY > box.top + box.height / 2) other.after(row);
      else other.before(row);
    };
    const end = () => {
      row.classList.remove("sortable-ghost");
      grip.removeEventListener("pointermove", move);
      soon();
    };
    grip.addEventListener("pointermove", move);
    grip.addEventListener("lostpointercapture", end, { once: true });
  });
})();
