// Shows what the certificate looks like while its template is written. Without it, a button does the same.
'use strict';

const form = document.querySelector('form[data-preview]');
const picture = document.getElementById('preview');
const problem = document.getElementById('preview-problem');

let asked = 0;
let waiting = 0;
let running = null;

function show(blob) {
  const reader = new FileReader();
  reader.addEventListener('load', () => { picture.src = reader.result; picture.hidden = false; });
  reader.readAsDataURL(blob);
}

async function draw() {
  const mine = ++asked;
  running?.abort();
  running = new AbortController();
  try {
    const answer = await fetch(form.dataset.preview, {method: 'POST', body: new FormData(form), signal: running.signal});
    const isPicture = answer.headers.get('Content-Type') === 'image/png';
    const content = isPicture ? await answer.blob() : await answer.text();
    if(mine !== asked) return;
    if(answer.redirected) problem.textContent = problem.dataset.away;
    else if(answer.status === 422 && content) problem.textContent = content;
    else problem.textContent = isPicture ? '' : problem.dataset.failed;
    if(isPicture) show(content);
  } catch {
    if(mine === asked) problem.textContent = problem.dataset.failed;
  }
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(draw, 400);
}

if(form) {
  form.addEventListener('input', soon);
  form.addEventListener('change', soon);
}
