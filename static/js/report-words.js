// The words of a report about a network, a site or a quarter. The form works without this; with it, they save themselves
// (autosave.js).

import { autosave } from "./autosave.js";

const form = document.querySelector("[data-report-words]");

if (form) {
  const version = form.elements.version;
  const written = [form.elements.opening, form.elements.closing];
  const read = () => Object.fromEntries(written.map((field) => [field.name, field.value]));
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  let saved = "unsaved" in form.dataset ? null : read();

  autosave({
    form,
    shelf: `impact-log:${form.dataset.user}:${location.pathname.split("/").slice(3, 5).join("-")}:`,
    unsaved() {
      const now = read();
      return same(now, saved) ? null : { answers: now };
    },
    putBack(copy) {
      if (!copy.answers || same(copy.answers, read())) return 0;
      for (const field of written) field.value = copy.answers[field.name] ?? field.value;
      return 1;
    },
    fill(body, copy) {
      body.set("version", version.value);
      for (const [name, value] of Object.entries({ ...read(), ...copy?.answers })) body.set(name, value);
    },
    take(answer, copy) {
      const found = answer.querySelector("#id_version");
      if (!found) return;
      version.value = found.value;
      if (copy?.answers) saved = copy.answers;
    },
    saveButton: "Save words",
    ended: { words: "You are signed out.", link: [`/accounts/login/?next=${encodeURIComponent(location.pathname)}`, "Sign in again"] },
  });
}
