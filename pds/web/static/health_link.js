// Moves a link from the part of the address that is never sent into its field, so that
// a QR code opens a filled form. The page works without it: the link is pasted then.
"use strict";

(() => {
  const mark = "#shlink:/";
  const field = document.getElementById("link");
  if (field === null || !window.location.hash.startsWith(mark)) {
    return;
  }
  field.value = window.location.hash.slice(1);
  window.history.replaceState(null, "", window.location.pathname);
  document.getElementById("recipient").focus();
})();
