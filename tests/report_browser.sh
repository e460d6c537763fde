#!/bin/sh
# A page of cgm report in a real browser: report_browser.sh PAGE. Succeeds when the console is silent and each slider, moved to its end
# and back, changes the pictures, their texts and what is said of it; 77 where there is no chromium.
set -eu
browser=$(command -v chromium || command -v chromium-browser) || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The page with a visitor at its end, who moves sliders as the arrow keys would, and writes down what came of it.
cat >"$work/visitor" <<'END'
<script>
const said = [];
addEventListener("error", event => said.push("error: " + event.message));
addEventListener("load", () => {
  const sliders = document.querySelectorAll("input[type=range]");
  for (const slider of sliders) {
    const scrub = slider.closest("[data-frames]");
    const state = () => [...scrub.querySelectorAll("img[data-kind]")].map(i => [i.src, i.alt]);
    const move = to => { slider.value = to; slider.dispatchEvent(new Event("input", {bubbles: true})); return state(); };
    const first = move(slider.min), text = scrub.querySelector("output").textContent, last = move(slider.max);
    const changed = last.filter((x, k) => x[0] !== first[k][0]).length;
    if (changed === 0) said.push(slider.id + " changes no picture");
    if (last.some((x, k) => x[1] === first[k][1])) said.push(slider.id + " leaves a text as it was");
    if (scrub.querySelector("output").textContent === text) said.push(slider.id + " says the same");
    if (JSON.stringify(move(slider.min)) !== JSON.stringify(first)) said.push(slider.id + " does not come back");
    slider.focus();
    if (document.activeElement !== slider) said.push(slider.id + " takes no focus");
  }
  setTimeout(() => { // by then pictures that were swapped are decoded
    for (const i of document.images) if (!i.complete || i.naturalWidth === 0) said.push("a picture does not open: " + i.alt);
    document.title = "visited " + sliders.length + " sliders: " + (said.join("; ") || "all well");
  }, 2000);
});
</script>
END
sed "/<\/body>/{
r $work/visitor
N
}" "$1" >"$work/page.html"
"$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" --enable-logging=stderr \
    --virtual-time-budget=20000 --dump-dom "file://$work/page.html" >"$work/dom" 2>"$work/log" || { cat "$work/log"; exit 1; }
if grep CONSOLE "$work/log"; then echo "$1: the console is not silent"; exit 1; fi
title=$(sed -n 's/.*<title>\(visited .*\)<\/title>.*/\1/p' "$work/dom")
echo "$title"
case $title in
"visited 0 "* | "") echo "$1: there was no slider to move"; exit 1 ;;
*": all well") exit 0 ;;
esac
exit 1
