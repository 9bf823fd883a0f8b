// What a page does beyond plain HTML: dialogs and printing by data attributes, and menus that close when one looks elsewhere.
// Every page works without it.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog")?.close();
  if (event.target.closest("[data-prints]")) window.print();
  for (const menu of document.querySelectorAll("details.menu[open], details.rail-details[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open], details.rail-details[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
