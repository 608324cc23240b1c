// The page of `quiescent view`: the viewer with a WebSocket, and what is set in the page's address.

import { Viewer, socketSource } from "./viewer.js";

const address = new URL(location.href);
const token = address.searchParams.get("token");
const live = new URL("live", address);
live.protocol = address.protocol === "https:" ? "wss:" : "ws:";
live.search = token ? `?token=${encodeURIComponent(token)}` : "";
live.hash = "";

/** A panel's settings as parameters, such as show=rest&noise=1.41. */
function written({ run, settings }) {
  const { show, from, noise_ratio, adaptation, momentum, trials, seed } = settings;
  const all = { run, show, from: from.point ? from.point.join(",") : from, noise: noise_ratio, trials, seed };
  if (adaptation) all.adaptation = `${adaptation.strength},${adaptation.tau_s}`;
  if (momentum) all.momentum = momentum.keep_temperature === false ? `${momentum.friction},heated` : momentum.friction;
  return all;
}

/** The same backwards; what is not given or not a number is left to the run. */
function read(parameters, prefix) {
  const get = (name) => parameters.get(prefix + name);
  const numbers = (text) => text.split(",").map(Number);
  const settings = {};
  if (["wake", "rest", "wake_then_rest"].includes(get("show"))) settings.show = get("show");
  const from = get("from");
  if (from === "encoded" || from === "after_wake") settings.from = from;
  else if (from && numbers(from).every(Number.isFinite)) settings.from = { point: numbers(from) };
  for (const [name, key] of [["noise", "noise_ratio"], ["trials", "trials"], ["seed", "seed"]]) {
    if (get(name) !== null && get(name) !== "" && Number.isFinite(Number(get(name)))) settings[key] = Number(get(name));
  }
  // A way to rest that the address does not name is one that was switched off.
  if (get("show") !== null) Object.assign(settings, { adaptation: null, momentum: null });
  const [strength, tau_s] = numbers(get("adaptation") ?? "");
  if (Number.isFinite(tau_s)) settings.adaptation = { strength, tau_s };
  const [friction, heated] = (get("momentum") ?? "").split(",");
  if (friction && Number.isFinite(Number(friction))) {
    settings.momentum = { friction: Number(friction), keep_temperature: heated !== "heated" };
  }
  return { run: Math.max(0, Math.trunc(Number(get("run") ?? (prefix ? 1 : 0))) || 0), settings };
}

function stateOf(parameters) {
  const panels = [read(parameters, "")];
  if ([...parameters.keys()].some((name) => name.startsWith("2."))) panels.push(read(parameters, "2."));
  const state = { panels };
  if (parameters.has("speed")) state.speed = Number(parameters.get("speed")) || 1;
  if (parameters.has("playing")) state.playing = parameters.get("playing") !== "no";
  return state;
}

function remember(state) {
  const parameters = new URLSearchParams();
  if (token) parameters.set("token", token);
  state.panels.forEach((panel, place) => {
    for (const [name, value] of Object.entries(written(panel))) parameters.set((place ? "2." : "") + name, value);
  });
  parameters.set("speed", state.speed);
  parameters.set("playing", state.playing ? "yes" : "no");
  try {
    history.replaceState(null, "", `?${parameters.toString().replaceAll("%2C", ",")}`);
  } catch {
    // Browsers refuse to do it too often; the next change says it all.
  }
}

new Viewer(document.getElementById("viewer"), () => socketSource(live), {
  state: stateOf(address.searchParams),
  changed: remember,
  keys: document,
});
