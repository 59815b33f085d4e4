"use strict";
/* The frame's behaviour. No inline handlers, no eval; behaviours attach on htmx:load, so swapped parts get them too. */
const $ = (selector, root) => (root || document).querySelector(selector);
const $$ = (selector, root) => [...(root || document).querySelectorAll(selector)];
const csrf = () => $("meta[name=csrf-token]").content;
const words = document.body.dataset;

/* --- requests: token, failures, messages */
document.addEventListener("htmx:configRequest", e => {
  e.detail.headers.Accept = "text/html";
  if (e.detail.verb !== "get") e.detail.headers["X-CSRFToken"] = csrf();
});
document.addEventListener("htmx:responseError", e => say(words.failed.replace("{status}", e.detail.xhr.status), "danger"));
document.addEventListener("htmx:sendError", () => say(words.offline, "danger"));
document.addEventListener("toast", e => say(e.detail.text, e.detail.kind));

function say(text, kind) {
  const box = document.createElement("div");
  box.className = "toast-x " + (kind || "success");
  const mark = $(kind === "danger" ? "#ico-bad" : "#ico-ok").content.cloneNode(true);
  box.append(mark, Object.assign(document.createElement("span"), { textContent: text }));
  $("#toasts").append(box);
  fade(box);
}

function fade(box) {
  setTimeout(() => {
    box.classList.add("out");
    setTimeout(() => box.remove(), 350);
  }, 5000);
}

/* --- files that only some pages need */
const loading = {};
function need(kind, url) {
  return loading[url] ||= new Promise((done, failed) => {
    const node = document.createElement(kind);
    node.onload = done;
    node.onerror = failed;
    if (kind === "script") node.src = url;
    else Object.assign(node, { rel: "stylesheet", href: url });
    if (kind === "link") $("link[href*='/app/app.css']").before(node);
    else document.head.append(node);
  });
}

async function selectBox(element) {
  if (!window.TomSelect) {
    await Promise.all([need("link", words.selectCss), need("script", words.selectJs)]);
  }
  if (!element.tomselect && element.isConnected) attachSelect(element);
}

/* --- type-ahead */
function attachSelect(element) {
  const label = element.getAttribute("aria-label");
  const described = element.getAttribute("aria-describedby");
  const url = element.dataset.lookup;
  let asked = 0;
  const box = new TomSelect(element, {
    valueField: "value", labelField: "text", searchField: "text",
    plugins: element.multiple || !element.hasAttribute("aria-required") ? ["remove_button"] : [],
    hideSelected: element.multiple, maxOptions: 50, preload: "focus", loadThrottle: 200,
    placeholder: element.dataset.placeholder || "", openOnFocus: true, selectOnTab: true,
    score: () => () => 1,
    load(query, done) {
      const number = ++asked;
      const kept = option => this.items.includes(String(option.value)) || option.value === "me";
      fetch(url + (url.includes("?") ? "&" : "?") + "q=" + encodeURIComponent(query), { headers: { Accept: "application/json" } })
        .then(answer => answer.ok ? answer.json() : [])
        .then(found => {
          if (number !== asked) return done();   // a later question is on its way
          this.clearOptions(kept);
          done(found);
        }, () => done());
    },
    render: {
      option: (data, escape) => `<div>${escape(data.text)}</div>`,
      item: (data, escape) => `<div>${escape(data.text)}</div>`,
      no_results: (data, escape) => `<div class="no-results">${escape(words.nothing)}</div>`,
      loading: (data, escape) => `<div class="no-results">${escape(words.searching)}</div>`,
    },
  });
  /* the label and its hints belong to the input that takes the focus; the bare select stays for the form only */
  element.setAttribute("aria-hidden", "true");
  element.removeAttribute("aria-label");
  if (label) box.control_input.setAttribute("aria-label", label);
  if (described) box.control_input.setAttribute("aria-describedby", described);
  for (const name of ["aria-invalid", "aria-required"]) {
    if (element.hasAttribute(name)) box.control_input.setAttribute(name, element.getAttribute(name));
  }
}

/* --- behaviours */
const behaviours = {
  "select[data-lookup]": element => selectBox(element),
  ".toast-x": fade,
};
function attach(root) {
  for (const selector in behaviours) {
    if (root.matches && root.matches(selector)) behaviours[selector](root);
    $$(selector, root).forEach(behaviours[selector]);
  }
}
document.addEventListener("htmx:load", e => attach(e.detail.elt));

/* --- menus whose content is fetched when they open, for the list as it stands now */
document.addEventListener("show.bs.dropdown", e => {
  const button = e.target.closest("[data-load]") || (e.relatedTarget && e.relatedTarget.closest("[data-load]"));
  if (button) htmx.ajax("GET", button.dataset.load + location.search, { target: button.dataset.into, swap: "innerHTML" });
});
document.addEventListener("change", e => {
  const more = e.target.closest("[data-more]");
  if (more) {
    e.stopPropagation();
    const here = new URLSearchParams(location.search);
    here.set("more", more.value);
    htmx.ajax("GET", more.dataset.more + "?" + here, { target: more.closest(".dropdown-menu"), swap: "innerHTML" });
  }
  if (e.target.matches("[data-column]")) {
    const form = e.target.form;
    const order = $("[data-columns]", form).value.split(",");
    const chosen = $$("[data-column]:checked", form).map(box => box.value);
    const kept = order.filter(path => chosen.includes(path));
    const value = [...kept, ...chosen.filter(path => !kept.includes(path))];
    if (!value.length) e.target.checked = true;
    else {
      $("[data-columns]", form).value = value.join(",");
      htmx.trigger(form, "columns");
    }
  }
}, true);

/* --- clicks */
document.addEventListener("click", e => {
  const opener = e.target.closest("[data-open]");
  if (opener) openPalette();
  const shown = e.target.closest("[data-show]");
  if (shown) {
    const part = $(shown.dataset.show);
    part.hidden = false;
    part.open = true;
    $("textarea", part).focus();
  }
  if (e.target.id === "palette") e.target.close();
});

function openPalette() {
  const palette = $("#palette");
  if (palette && !palette.open) {
    palette.showModal();
    $("input", palette).select();
  }
}

/* --- questions before what can't be undone by a click */
document.addEventListener("submit", e => {
  const question = e.target.dataset.ask;
  if (!question || e.target.dataset.sure) return;
  e.preventDefault();
  const dialog = $("#ask");
  $("#ask-text").textContent = question;
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue === "yes") {
      e.target.dataset.sure = "1";
      e.target.requestSubmit();
    }
  };
  dialog.showModal();
});

/* --- a form is sent once, however often its button is clicked */
document.addEventListener("submit", e => {
  if (e.defaultPrevented || e.target.method !== "post" || e.target.hasAttribute("hx-post")) return;
  if (e.target.dataset.sent) e.preventDefault();
  e.target.dataset.sent = "1";
});
addEventListener("pageshow", () => $$("form[data-sent]").forEach(form => { delete form.dataset.sent; delete form.dataset.sure; }));

/* --- keys */
document.addEventListener("keydown", e => {
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") {
    e.preventDefault();
    openPalette();
  } else if (e.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
    const search = $("[data-hotkey='/']");
    if (search) { e.preventDefault(); search.focus(); }
  } else if (/^Arrow(Down|Up)$/.test(e.key) && $("#palette[open]")) {
    const stops = [$("#palette input"), ...$$("#pal-out a")];
    const at = stops.indexOf(document.activeElement);
    e.preventDefault();
    (stops[at + (e.key === "ArrowDown" ? 1 : -1)] || stops[0]).focus();
  } else if (e.key === "Escape" && $("#palette[open]")) {
    e.preventDefault();   // a search box would only empty itself
    $("#palette").close();
  } else if (e.key === "Enter" && document.activeElement === $("#palette input")) {
    const first = $("#pal-out a");
    if (first) first.click();
  }
});
