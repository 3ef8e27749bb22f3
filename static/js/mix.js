/** The mix of what is ticked, worked out at once: the same figures as sites/calls/portfolios/weighing/figures.py gives with "Update the mix". */

const form = document.querySelector("[data-mix-form]");

/** Pence as "£12,500", with pence only where there are some. */
function pounds(pence) {
  const whole = Math.floor(pence / 100).toLocaleString("en-GB");
  const rest = pence % 100;
  return rest ? `£${whole}.${String(rest).padStart(2, "0")}` : `£${whole}`;
}

function start() {
  const boxes = [...form.querySelectorAll('[name="applications"]')].map((box) => ({
    box,
    row: box.closest("[data-row]"),
    traits: box.dataset.traits ? box.dataset.traits.split(" ") : [],
    money: Number(box.dataset.pence),
    value: Number(box.dataset.worth),
  }));
  const isIn = ({ box }) => box.type === "hidden" || box.checked;
  const standings = [...form.querySelectorAll("[data-standing]")];
  const tallies = [...form.querySelectorAll("[data-tally]")];
  const sums = Object.fromEntries([...form.querySelectorAll("[data-sum]")].map((spot) => [spot.dataset.sum, spot]));
  const summary = form.querySelector("[data-summary]");
  const unsaved = form.querySelector("[data-unsaved]");
  const atFirst = boxes.map(isIn);
  const wasChanged = !unsaved.hidden;

  function write(spot, text) {
    if (spot && spot.textContent !== text) spot.textContent = text;
  }

  function show(bar, count, isMoney) {
    const limit = Number(bar.dataset.limit);
    const isMinimum = bar.dataset.minimum === "yes";
    const say = isMoney ? pounds : String;
    const gap = isMinimum ? limit - count : count - limit;
    const over = isMoney ? "over" : "too many";
    bar.dataset.met = gap <= 0 ? "yes" : "no";
    write(bar.querySelector("[data-shown]"), `${say(count)} of ${say(limit)}`);
    write(bar.querySelector("[data-verdict]"), gap <= 0 ? "Met" : `${say(gap)} ${isMinimum ? "short" : over}`);
    const percent = limit ? Math.floor(Math.min(100, (100 * count) / limit)) : count || isMinimum ? 100 : 0;
    bar.querySelector(".mix-bar__fill").setAttribute("width", `${percent}%`);
    return gap <= 0;
  }

  function update() {
    const counts = new Map();
    let count = 0;
    let money = 0;
    let value = 0;
    for (const each of boxes) {
      if (!isIn(each)) continue;
      count += 1;
      money += each.money;
      value += each.value;
      for (const trait of each.traits) counts.set(trait, (counts.get(trait) ?? 0) + 1);
    }
    let met = 0;
    for (const bar of standings) {
      const trait = bar.dataset.standing;
      const isMoney = trait === "money";
      const found = isMoney ? money : trait === "places" ? count : counts.get(trait) ?? 0;
      if (show(bar, found, isMoney)) met += 1;
    }
    for (const tally of tallies) write(tally.querySelector("[data-shown]"), String(counts.get(tally.dataset.tally) ?? 0));
    write(sums.count, String(count));
    write(sums.money, pounds(money));
    if (sums.value) write(sums.value, (Math.round(value / 10) / 10).toFixed(1));
    const words = `${count} chosen, ${pounds(money)}.`;
    write(summary, standings.length ? `${words} ${met} of ${standings.length} targets and limits met.` : words);
    unsaved.hidden = !wasChanged && boxes.every((each, n) => isIn(each) === atFirst[n]);
  }

  const filters = form.querySelector("[data-shown-filters]");
  const showing = form.querySelector("[data-showing]");

  /** Show the rows that the filters ask for; what is ticked stays ticked. */
  function narrow() {
    const wanted = [...filters.querySelectorAll('select[name^="show_"]')].map((field) => field.value).filter(Boolean);
    const words = form.elements.q.value.trim().toLowerCase();
    const ticked = form.elements.ticked.value;
    let shown = 0;
    for (const { box, row, traits } of boxes) {
      if (!row) continue;
      const fits = wanted.every((trait) => traits.includes(trait)) && (!words || row.dataset.search.includes(words));
      row.hidden = !fits || (ticked && (ticked === "yes") !== box.checked);
      if (!row.hidden) shown += 1;
    }
    write(showing, showing.textContent.replace(/^Showing \d+/, `Showing ${shown}`));
  }

  const again = form.querySelector('[name="update"]');
  if (again) again.hidden = true; // the figures follow each tick by themselves
  form.addEventListener("change", (event) => {
    if (event.target.name === "applications") update();
    else if (event.target.name === "order") again?.click();
    else if (filters.contains(event.target)) narrow();
  });
  filters.addEventListener("input", (event) => {
    if (event.target.name === "q") narrow();
  });
  update();
}

if (form) start();
