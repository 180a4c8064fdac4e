// Compares a certificate's file with what was issued, without sending it: only its SHA-256 leaves the browser. All words are in the page.
'use strict';

const form = document.querySelector('form[data-known]');
const input = form?.querySelector('input[type=file]');
const drop = form?.querySelector('.drop');
const result = document.getElementById('check-result');

function show(name, href) {
  const words = document.getElementById(`check-${name}`);
  result.replaceChildren(words.content.cloneNode(true));
  const link = result.querySelector('a[data-page]');
  if(link && href) link.href = href;
}

let asked = 0;

async function compare(file) {
  const mine = ++asked;
  show('working');
  try {
    const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
    const sha256 = Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
    const answer = await fetch(form.dataset.known + sha256, {headers: {Accept: 'application/json'}});
    if(!answer.ok && answer.status !== 404) throw new Error(String(answer.status));
    const found = await answer.json();
    if(mine === asked) show(found.state, found.page);
  } catch {
    if(mine === asked) show('failed');
  }
}

// Without a secure connection browsers do not compute hashes; then the form is sent as it is.
function take() {
  if(input.files.length && globalThis.crypto?.subtle) compare(input.files[0]);
}

// Wherever it is dropped: the browser would leave this page and open the file.
function over(event) {
  if(!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  drop.classList.add('over');
}

function dropped(event) {
  if(!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  drop.classList.remove('over');
  if(!event.dataTransfer.files.length) return;
  const one = new DataTransfer();
  one.items.add(event.dataTransfer.files[0]);
  input.files = one.files;
  take();
}

if(form) {
  drop.hidden = false;
  input.addEventListener('change', take);
  document.addEventListener('dragover', over);
  document.addEventListener('dragleave', event => event.relatedTarget || drop.classList.remove('over'));
  document.addEventListener('drop', dropped);
}
