// Questions of a round: words are counted while someone types, and a question that depends on another one is shown
// when it applies. Without this, hints say the limits and when a question applies.

const PAUSE = 1000; // milliseconds without typing before a count is spoken
const counted = (text) => text.trim().split(/\s+/).filter(Boolean).length;
const words = (n) => `${n.toLocaleString("en-GB")} ${n === 1 ? "word" : "words"}`;

/** What a count says: how many are left, or how many are too many. */
function inWords(count, limit) {
  if (count > limit) return `${words(count - limit)} too many`;
  return `${words(limit - count)} left`;
}

/** Where a count stands, for screen readers: they hear of it when this changes, not at each letter. */
function threshold(count, limit) {
  if (count > limit) return "over";
  return count >= limit * 0.9 ? "nearly" : count >= limit * 0.75 ? "soon" : "";
}

for (const line of document.querySelectorAll("[data-word-count]")) {
  const field = document.getElementById(line.dataset.wordCount);
  const spoken = document.querySelector(`[data-word-status="${line.dataset.wordCount}"]`);
  const limit = Number(line.dataset.limit);
  let told = threshold(counted(field.value), limit);
  let timer = 0;
  const show = () => {
    const count = counted(field.value);
    line.textContent = inWords(count, limit);
    line.dataset.state = count > limit ? "over" : "";
    clearTimeout(timer);
    timer = setTimeout(() => {
      const now = threshold(counted(field.value), limit);
      if (now !== told) spoken.textContent = inWords(counted(field.value), limit);
      told = now;
    }, PAUSE);
  };
  field.addEventListener("input", show);
  show();
}

/** The values chosen or typed as the answer to a question. */
function chosen(key) {
  const question = document.querySelector(`[data-answer="${CSS.escape(key)}"]`);
  if (!question || question.hidden) return [];
  return [...question.querySelectorAll(`[name="${CSS.escape(key)}"]`)]
    .filter((field) => !["radio", "checkbox"].includes(field.type) || field.checked)
    .map((field) => field.value);
}

function showApplying() {
  for (const question of document.querySelectorAll("[data-only-if]")) {
    const values = question.dataset.onlyIfValues.split("|");
    question.hidden = !chosen(question.dataset.onlyIf).some((value) => values.includes(value));
  }
}

document.addEventListener("input", showApplying);
document.addEventListener("change", showApplying);
showApplying();
