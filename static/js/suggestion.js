// Writing a suggestion. The form works without this; with it, the draft saves itself (autosave.js).

import { autosave } from "./autosave.js";

const form = document.querySelector("[data-suggestion]");

if (form) {
  const revision = form.querySelector("[name=revision]");
  const written = () => [...form.elements].filter((field) => ["words", "place", "told"].includes(field.name));
  const read = () => {
    const found = {};
    for (const field of written()) {
      if (field.type !== "radio") found[field.name] = field.value;
      else if (field.checked) found[field.name] = field.value;
    }
    return found;
  };
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  let saved = "unsaved" in form.dataset ? null : read();

  autosave({
    form,
    // The page at which one begins is the same for every section, so its copies are told apart by section and member.
    shelf: `impact-log:${form.dataset.user}:${location.pathname.split("/").at(-3)}-${form.elements.section.value}-${form.elements.for.value}:`,
    unsaved() {
      const now = read();
      return same(now, saved) || (!saved?.words && !now.words?.trim()) ? null : { answers: now };
    },
    putBack(copy) {
      if (!copy.answers || same(copy.answers, read())) return 0;
      for (const field of written()) {
        const value = copy.answers[field.name];
        if (value === undefined) continue;
        if (field.type === "radio") field.checked = field.value === value;
        else field.value = value;
      }
      return 1;
    },
    fill(body, copy) {
      const all = Object.fromEntries(new FormData(form));
      for (const [name, value] of Object.entries({ ...all, ...copy?.answers })) {
        if (!["csrfmiddlewaretoken", "do"].includes(name)) body.set(name, value);
      }
    },
    take(answer, copy) {
      const found = answer.querySelector("#saved-revision");
      if (!found) return;
      revision.value = found.value;
      if (copy?.answers) saved = copy.answers;
    },
    saveButton: "Save draft",
    ended: { words: "You have been signed out.", link: [`/accounts/login/?next=${encodeURIComponent(location.pathname)}`, "Sign in again"] },
  });
}
