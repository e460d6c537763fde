"use strict";
// A slider shows another frame of each picture; the frames lie in the page as JSON.
for (const scrub of document.querySelectorAll("[data-frames]")) {
  const frames = JSON.parse(document.getElementById(scrub.dataset.frames).textContent);
  const slider = scrub.querySelector("input");
  const output = scrub.querySelector("output");
  const show = () => {
    const k = Number(slider.value);
    const text = frames.texts.values[k];
    output.textContent = text;
    slider.setAttribute("aria-valuetext", text);
    for (const image of scrub.querySelectorAll("img[data-kind]")) {
      const i = Number(image.dataset.image);
      image.src = "data:image/png;base64," + frames.pictures[image.dataset.kind][k][i];
      image.alt = `image ${i + 1}, ${image.dataset.kind}, ${slider.labels[0].textContent} ${text}`;
    }
    for (const moved of scrub.querySelectorAll("[data-moved]"))
      moved.textContent = frames.texts.moved[Number(moved.dataset.moved)][k][Number(moved.dataset.image)];
  };
  slider.addEventListener("input", show);
  show();
}
// Verdicts get their colours; they say what they say without these.
for (const cell of document.querySelectorAll("#verdict ~ .wide td")) {
  if (cell.textContent === "ok") cell.className = "ok";
  if (cell.textContent === "not ok") cell.className = "failed";
}
