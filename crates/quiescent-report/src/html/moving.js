// Makes a viewer of every run's stored phases, active beside quiescent. Nothing moves until someone wants it to.
for (const place of document.querySelectorAll(".moving > div")) {
  const stored = JSON.parse(place.querySelector("script").textContent);
  const state = { playing: false, panels: [{ run: 0 }, { run: 1 }] };
  new Viewer(place, () => storedSource(stored), { state });
}
