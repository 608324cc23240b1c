// The viewer: draws networks awake and at rest, moving, and lets a person put a hand on them.
//
// One ES module without a build step: a page, a notebook's widget and a report all take it as one text, which is why it is
// one file. It knows nothing of where frames come from: a source is an object with
//   send(request)                 a request as an object, see session.rs
//   open({text, frame, closed})   to be called once: replies as objects, frames as bytes or as decodeFrame gives them,
//                                 and the end in words
//   close()                       ends it
// socketSource, modelSource and storedSource make one of a WebSocket, of a notebook's widget and of stored phases.

const PROTOCOL = 2;
const MAGIC = 0x32565551; // "QUV2"
const HEADER = 20;
const TRAIL = 240; // steps of the bold trial's trail
const FAINT = 10; // frames of a faint one's
const SHOWS = { wake: "Awake", rest: "At rest", wake_then_rest: "Awake, then at rest" };
const STARTS = { encoded: "at new stimuli", after_wake: "where waking ended", point: "at one point" };
const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16];

// ------------------------------------------------------------------------------------------------ frames

/** A frame from its bytes; see frame.rs for the layout. Throws on anything else. */
export function decodeFrame(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < 4 * HEADER || view.getUint32(0, true) !== MAGIC) throw new Error("not a frame");
  const [rest, step, dim, path, trials, bins, lengths] = [1, 2, 3, 4, 5, 6, 7].map((word) => view.getUint32(4 * word, true));
  const columns = dim + 2;
  const sizes = [path * columns, trials * columns, bins, lengths];
  const floats = new Float32Array(buffer.byteLength / 4 - HEADER);
  if (sizes.reduce((sum, size) => sum + size, 0) !== floats.length) throw new Error("a frame of another length");
  for (let i = 0; i < floats.length; i++) floats[i] = view.getFloat32(4 * (HEADER + i), true);
  const number = (word) => view.getFloat32(4 * word, true);
  let at = 0;
  const [pathValues, trialValues, occupancy, stepShares] = sizes.map((size) => floats.subarray(at, (at += size)));
  return {
    rest: rest === 1, epoch: view.getUint32(4 * 18, true), since: view.getUint32(4 * 19, true), step, dim, columns, steps: path, trials,
    kl: number(8), low: number(9), high: number(10), floor: number(11),
    meanStep: number(12), variance: number(13), error: number(14), truth: [number(15), number(16), number(17)],
    path: pathValues, all: trialValues, occupancy, stepShares,
  };
}

/** Single-precision numbers from base64. */
function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

// ------------------------------------------------------------------------------------------------ DOM

/** An element with attributes (functions are listeners) and children. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

let ids = 0;
const nextId = () => `quiescent-view-${++ids}`;

/** A label with its control. */
function labelled(text, control, ...after) {
  control.id ||= nextId();
  return element("div", { class: "qv-field" }, element("label", { for: control.id }, text), control, ...after);
}

function select(options, onchange) {
  const made = element("select", { change: () => onchange(made.value) });
  for (const [value, text] of options) made.append(element("option", { value }, text));
  return made;
}

const digits = (value, places) => (Number.isFinite(value) ? value.toFixed(places).replace("-", "−") : "–");

// ------------------------------------------------------------------------------------------------ drawing

/** A canvas that is as sharp as the screen, with the colours of the page. */
class Sheet {
  constructor(label, ratio) {
    this.ratio = ratio;
    this.canvas = element("canvas", { role: "img", "aria-label": label });
    this.context = this.canvas.getContext("2d");
  }

  /** Clears it and returns its context with width and height in CSS pixels. */
  begin() {
    const width = Math.max(80, this.canvas.clientWidth);
    const height = Math.round(width * this.ratio);
    const scale = globalThis.devicePixelRatio || 1;
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
    }
    const style = getComputedStyle(this.canvas);
    const color = (name) => style.getPropertyValue(`--qv-${name}`).trim();
    this.colors = { ink: color("ink"), soft: color("soft"), line: color("line"), sheet: color("sheet"),
      active: color("active"), quiescent: color("quiescent"), mark: color("mark") };
    this.font = `12px ${style.fontFamily}`;
    const context = this.context;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = this.font;
    context.lineWidth = 1;
    context.globalAlpha = 1;
    context.textBaseline = "alphabetic";
    context.textAlign = "left";
    context.setLineDash([]);
    return [context, width, height];
  }
}

/** Where positions lie on a sheet: a box to scale, or a circle of angles, zero at the right, counter-clockwise. */
class Place {
  constructor(scene, x, y, size) {
    this.circle = scene.low == null;
    if (this.circle) {
      this.centre = [x + size / 2, y + size / 2];
      this.radius = 0.42 * size;
      return;
    }
    const { low, high } = scene;
    this.low = low;
    this.high = high;
    const sides = high.map((value, axis) => value - low[axis]);
    this.flat = low.length === 1;
    this.scale = size / Math.max(...sides);
    this.origin = [x + (size - this.scale * sides[0]) / 2, this.flat ? y + size / 2 : y + (size + this.scale * sides[1]) / 2];
  }

  /** Pixel of a value; on a circle at a distance from its centre, 1 on the circle. */
  at(value, distance = 1) {
    if (this.circle) {
      const r = this.radius * distance;
      return [this.centre[0] + r * Math.cos(value[0]), this.centre[1] - r * Math.sin(value[0])];
    }
    const x = this.origin[0] + this.scale * (value[0] - this.low[0]);
    return [x, this.flat ? this.origin[1] : this.origin[1] - this.scale * (value[1] - this.low[1])];
  }

  /** The value at a pixel, within the walls. */
  value([x, y]) {
    if (this.circle) return [Math.atan2(this.centre[1] - y, x - this.centre[0])];
    const clamp = (value, axis) => Math.min(this.high[axis], Math.max(this.low[axis], value));
    const first = clamp(this.low[0] + (x - this.origin[0]) / this.scale, 0);
    return this.flat ? [first] : [first, clamp(this.low[1] + (this.origin[1] - y) / this.scale, 1)];
  }

  walls(context, colors) {
    context.strokeStyle = colors.soft;
    context.lineWidth = 1.5;
    context.beginPath();
    if (this.circle) context.arc(...this.centre, this.radius, 0, 2 * Math.PI);
    else if (this.flat) {
      context.moveTo(...this.at(this.low));
      context.lineTo(...this.at(this.high));
    } else {
      const [x0, y0] = this.at(this.low);
      const [x1, y1] = this.at(this.high);
      context.rect(x0, y1, x1 - x0, y0 - y1);
    }
    context.stroke();
  }
}

/** Maps a range of numbers to a range of pixels. */
const axis = (low, high, from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);

/** A line through points; null begins a new one. */
function polyline(context, points) {
  context.beginPath();
  let pen = false;
  for (const point of points) {
    if (!point) pen = false;
    else if (pen) context.lineTo(...point);
    else {
      context.moveTo(...point);
      pen = true;
    }
  }
  context.stroke();
}

function dot(context, [x, y], radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** A round number for an axis that ends at about `most`. */
function rounded(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= most * 0.999);
}

// ------------------------------------------------------------------------------------------------ one network

/** One network: its sheets, and what it has shown. */
class Panel {
  constructor(viewer, place, source) {
    Object.assign(this, { viewer, place, source });
    this.scene = null;
    this.settings = null;
    this.clear();
    this.training = null;
    this.player = null; // of a phase that was kept in training
    this.epoch = 0; // of the frames that belong to what is set
    this.stopped = false; // whether rates have run away
    this.asked = false; // whether an answer is waited for
    this.next = null; // what is asked for then
    this.clock = new Clock((steps) => this.player && this.frame(this.player.frame(steps)));
    this.build();
    source.open({
      text: (reply) => this.receive(reply),
      frame: (frame) => this.player || this.frameOfNow(frame instanceof ArrayBuffer ? decodeFrame(frame) : frame),
      closed: (why) => this.say(why || "The connection has ended. Reload the page to connect again."),
    });
  }

  build() {
    this.run = select([], (value) => this.turnTo(Number(value)));
    this.status = element("p", { class: "qv-status", role: "status" });
    this.about = element("p", { class: "qv-about" });
    this.arena = new Sheet("Decoded positions", 1.06);
    this.states = new Sheet("Hidden states on the first two principal components of the active phase", 0.66);
    this.occupancy = new Sheet("Where decoded positions have been", 0.56);
    this.divergence = new Sheet("Divergence of rest from the active phase in time", 0.5);
    this.steps = new Sheet("Lengths of steps", 0.5);
    this.learning = new Sheet("Error of decoding while it learns", 0.5);
    this.loss = new Sheet("Loss while it learns", 0.5);
    this.emerging = new Sheet("Divergence of rest from the active phase while it learns", 0.5);
    const arena = this.arena.canvas;
    arena.addEventListener("click", (event) => this.click(event));
    arena.addEventListener("keydown", (event) => this.key(event));
    this.aimed = element("p", { class: "qv-hidden", role: "status" });
    this.numbers = {};
    const number = (key, text, title) => {
      this.numbers[key] = element("dd", { "data-number": key });
      return element("div", { title, "data-of": key }, element("dt", {}, text), this.numbers[key]);
    };
    const figure = (sheet, caption, ...more) => {
      sheet.caption = element("figcaption", {}, caption);
      return element("figure", {}, sheet.canvas, sheet.caption, ...more);
    };
    this.statesFigure = figure(this.states, "");
    this.divergenceFigure = figure(this.divergence, "");
    this.scrub = element("input", { type: "range", min: 0, step: 1, input: () => this.scrubbed() });
    this.scrubText = element("output", {});
    this.scrubField = labelled("Rest after batch", this.scrub, this.scrubText);
    this.scrubField.hidden = true;
    this.learningFigures = [
      figure(this.learning, ""), figure(this.loss, "Loss in training."),
      figure(this.emerging, "", this.scrubField),
    ];
    for (const each of this.learningFigures) each.hidden = true;
    this.ownButton = element("button", { type: "button", title: "Set what the run's own experiment says", click: () => this.choose(Number(this.run.value)) }, "As the run rests");
    this.runField = labelled("Network", this.run);
    this.runLabel = this.runField.querySelector("label");
    this.root = element("section", { class: "qv-panel", "aria-label": "A network" },
      element("div", { class: "qv-title" }, this.runField, this.ownButton, this.about),
      this.status, this.aimed,
      element("dl", { class: "qv-numbers" },
        number("stage", "Now"), number("time", "Time"), number("here", "Decoded, bold trial"),
        number("kl", "KL(rest‖active)", "Divergence of rest from the active phase, with the ends of its interval and the floor between halves of the active phase, in nats"),
        number("variance", "Exploration", "Mean over trials of the total variance within a trial, over as much time as in the active phase"),
        number("step", "Mean step", "Mean distance between successive decoded values"),
        number("error", "Decoding error", "Mean distance between decoded and true values now; chance is the best constant answer")),
      element("div", { class: "qv-sheets" },
        figure(this.arena, ""), this.statesFigure,
        figure(this.occupancy, ""), this.divergenceFigure, figure(this.steps, ""), ...this.learningFigures));
  }

  clear() {
    this.now = null;
    this.bold = []; // positions and components of the bold trial, null where it began anew
    this.faint = []; // the last frames' positions of all trials
    this.history = []; // [step, kl, low, high, floor]
    this.since = 0;
    this.pace = []; // [time in ms, step] of the last seconds
    this.restless = true;
  }

  /** Says something; without words, what holds all the time. */
  say(text) {
    const lasting = this.training?.learned === "fails" ? "This network has not learned: what it decodes at rest means nothing." : "";
    const shown = text || lasting;
    if (this.status.textContent !== shown) this.status.textContent = shown;
  }

  /** To the source; what concerns the passing of time, to what is played. */
  send(request) {
    const { player, clock } = this;
    if (!player || request.type === "emerged") return this.source.send(request);
    if (request.type === "play") clock.play();
    else if (request.type === "pause") clock.pause();
    else if (request.type === "step") this.frame(player.frame(1));
    else if (request.type === "reset") player.reset();
    else if (request.type === "speed") clock.stepsPerS = request.steps_per_s;
    else {
      this.relive();
      this.source.send(request);
    }
  }

  /** Another network with the same settings; a point of one space may be none of another. */
  turnTo(run) {
    const { settings } = this;
    if (!this.viewer.canSet || !settings) return this.choose(run);
    this.choose(run, settings.from.point ? { ...settings, from: "encoded" } : settings);
  }

  /** Another network, with its own settings unless some are given. */
  choose(run, settings = null) {
    this.clear();
    this.ask(settings ? { type: "choose", run, settings } : { type: "choose", run });
  }

  /** Sends what is answered, one at a time: of all that comes while an answer is waited for, the last one is sent. */
  ask(request) {
    if (this.asked) {
      // A choice of a network is not replaced by settings of the one before.
      if (this.next?.type !== "choose" || request.type === "choose") this.next = request;
      return;
    }
    this.asked = true;
    this.send(request);
  }

  answered() {
    this.asked = false;
    const { next } = this;
    this.next = null;
    if (next) this.ask(next);
  }

  receive(reply) {
    let anew = false;
    switch (reply.type) {
      case "hello":
        if (reply.protocol !== PROTOCOL) {
          this.say("This page is of another version than the program. Reload it.");
          return;
        }
        this.run.replaceChildren(...reply.runs.map((name, place) => element("option", { value: place }, name)));
        this.viewer.greeted(this, reply);
        break;
      case "scene": {
        this.clear();
        const cloud = typeof reply.cloud === "string" ? unpacked(reply.cloud) : reply.cloud;
        const occupancy = typeof reply.occupancy === "string" ? unpacked(reply.occupancy) : reply.occupancy;
        this.scene = { ...reply, cloud, occupancy };
        Object.assign(this, { settings: reply.settings, epoch: reply.epoch, stopped: false });
        this.run.value = reply.run;
        this.about.textContent = [reply.about, reply.units && `${reply.units} units`].filter(Boolean).join(" · ");
        const { canSet } = this.viewer;
        this.ownButton.hidden = !canSet;
        this.arena.canvas.classList.toggle("qv-aimed", canSet);
        this.arena.canvas.tabIndex = canSet ? 0 : -1;
        this.arena.canvas.setAttribute("role", canSet ? "application" : "img");
        // Stored phases have no hidden states, and a divergence of their own.
        this.showsNow();
        for (const key of ["kl", "error"]) this.numbers[key].parentElement.hidden = !this.viewer.canSet;
        this.runLabel.textContent = this.viewer.canSet ? "Network" : "Phase";
        if (cloud) this.extent = extent(cloud);
        this.root.setAttribute("aria-label", `Network ${reply.name}`);
        this.say("");
        this.describe();
        this.answered();
        this.viewer.arrived(this);
        break;
      }
      case "set":
        anew = reply.epoch !== this.epoch;
        if (anew) this.clear();
        // What waits to be sent counts already.
        Object.assign(this, {
          settings: this.next?.type === "set" ? this.next.settings : reply.settings, epoch: reply.epoch, stopped: false,
        });
        this.scene.trial_steps = reply.trial_steps;
        this.say("");
        this.describe();
        this.answered();
        this.viewer.changed(this);
        if (anew) this.viewer.glance(this);
        this.viewer.sendPlaying(this);
        break;
      case "refused":
        // What was shown goes on, with the settings that it has.
        if (reply.settings) this.settings = reply.settings;
        if (this.scene) this.run.value = this.scene.run;
        this.say(reply.message);
        this.answered();
        this.viewer.changed(this);
        break;
      case "ended":
        this.stopped = true;
        this.say(reply.message);
        this.viewer.stopped();
        break;
      case "stopped":
        this.stopped = true;
        this.say(`Stopped: ${reply.message}. Change something, or begin anew.`);
        this.viewer.stopped();
        break;
      case "training": {
        this.training = reply;
        const { length } = reply.emergence ?? [];
        this.learningFigures.forEach((each, place) => (each.hidden = place === 2 && length === 0));
        this.say("");
        const latest = this.scrub.value === this.scrub.max;
        this.scrubField.hidden = length === 0;
        this.scrub.max = length;
        if (latest) this.scrub.value = length;
        this.scrubText.textContent = this.player ? String(this.player.batch) : "now, live";
        this.restless = true;
        break;
      }
      case "emerged":
        // Another one may be wanted by now, or the network as it is.
        if (this.training?.emergence[Number(this.scrub.value)]?.[0] !== reply.batch) {
          this.answered();
          break;
        }
        this.clear();
        this.source.send({ type: "pause" });
        this.player = new Player({ ...reply.phase, batch: reply.batch }, this.scene);
        this.showsNow();
        this.answered();
        this.clock.stepsPerS = this.viewer.stepsPerS(this);
        if (!this.viewer.playing) this.frame(this.player.frame(1));
        this.viewer.sendPlaying(this);
        break;
    }
    this.viewer.schedule();
  }

  /** Shows the rest that was kept after some batches; at the right end, the network as it is now. */
  scrubbed() {
    const at = Number(this.scrub.value);
    const kept = this.training.emergence[at];
    this.scrubText.textContent = kept ? String(kept[0]) : "now, live";
    if (kept) this.ask({ type: "emerged", batch: kept[0] });
    else this.relive();
  }

  /** What is known of the network as it is now is not shown beside one of before. */
  showsNow() {
    const now = this.player == null;
    this.statesFigure.hidden = !now || this.scene.cloud == null;
    this.divergenceFigure.hidden = !now || !this.viewer.canSet;
    this.describe();
  }

  /** Ends the play of what was kept. */
  relive() {
    if (this.next?.type === "emerged") this.next = null;
    if (!this.player) return;
    this.player = null;
    this.clock.pause();
    this.scrub.value = this.scrub.max;
    this.scrubText.textContent = "now, live";
    this.clear();
    this.showsNow();
    this.source.send({ type: "reset" });
    this.viewer.sendPlaying(this);
  }

  describe() {
    const { scene } = this;
    const where = scene.low == null ? "heading" : "position";
    const percent = (scene.explained ?? [0, 0]).map((part) => (100 * part).toFixed(0));
    const { show, from } = this.settings;
    this.arena.caption.textContent = `Decoded ${where} of one trial (bold) and all others (faint)` +
      (show === "rest" && from.point ? "; cross: where rest began" : "") +
      (show !== "rest" && this.viewer.canSet ? `; ring: the bold trial's true ${where}` : "") +
      (this.viewer.canSet ? `. Click to let rest begin there; with the keyboard: arrow keys and Enter.` : ".") +
      (show === "wake" && scene.trial_steps < scene.all_trial_steps ? ` The first ${scene.trial_steps} of ${scene.all_trial_steps} steps of each trial.` : "");
    this.states.caption.textContent =
      `Hidden states on the first two principal components of the active phase (${percent[0]} % and ${percent[1]} % of its variance); behind them the active states.`;
    const alone = this.player != null;
    this.occupancy.caption.textContent = alone ? "Where decoded values have been." : "Where decoded values have been: in the active phase, and now.";
    this.divergence.caption.textContent = "Divergence of rest from the active phase since rest began, or since it was changed, with its interval; dashed: the floor between halves of the active phase.";
    this.steps.caption.replaceChildren("Lengths of steps", ...(alone ? [] : [": ", element("span", { class: "qv-active" }, "the active phase"), ", ", element("span", { class: show === "wake" ? "qv-active" : "qv-quiescent" }, show === "wake" ? "now (dashed)" : "now")]), ".");
  }

  /** A frame of the live simulation, unless it was made before what is set now. */
  frameOfNow(frame) {
    if (frame.epoch === this.epoch) this.frame(frame);
  }

  frame(frame) {
    const { scene } = this;
    if (!scene) return;
    if (frame.since !== this.since) {
      this.since = frame.since;
      this.history = [];
    }
    const fresh = this.now && (frame.rest !== this.now.rest || frame.step < this.now.step);
    if (fresh) this.clear();
    const began = frame.step - frame.steps;
    // Of another trial, even if frames between were missed: nothing connects them.
    const trial = (step) => Math.floor(step / scene.trial_steps);
    if (!frame.rest && (!this.now || trial(this.now.step - 1) !== trial(began))) {
      this.bold.push(null);
      this.faint = [];
    }
    for (let step = 0; step < frame.steps; step++) {
      this.bold.push(Array.from(frame.path.subarray(step * frame.columns, (step + 1) * frame.columns)));
    }
    if (this.bold.length > TRAIL) this.bold.splice(0, this.bold.length - TRAIL);
    this.faint.push(frame.all);
    if (this.faint.length > FAINT) this.faint.shift();
    const last = this.history.at(-1);
    if (Number.isFinite(frame.kl) && (!last || last[1] !== frame.kl)) {
      this.history.push([frame.step, frame.kl, frame.low, frame.high, frame.floor]);
      // As many points as pixels are enough: every second one of the older half goes.
      if (this.history.length > 600) this.history = this.history.filter((_, i) => i >= 300 || i % 2 === 0);
    }
    this.now = frame;
    const at = performance.now();
    this.pace.push([at, frame.step]);
    while (this.pace.length > 2 && at - this.pace[0][0] > 3000) this.pace.shift();
    this.restless = true;
    this.viewer.schedule();
  }

  /** How fast it goes, as a part of the speed that is set; 1 unless it is known to be slower. */
  slowness() {
    const [first, last] = [this.pace[0], this.pace.at(-1)];
    if (!this.viewer.playing || !first || last[0] - first[0] < 1500) return 1;
    const fraction = (1000 * (last[1] - first[1])) / (last[0] - first[0]) / this.viewer.stepsPerS(this);
    return fraction < 0.9 ? fraction : 1;
  }

  /** The pixel of an event on the arena. */
  click(event) {
    if (!this.scene || !this.viewer.canSet || event.button !== 0) return;
    const box = this.arena.canvas.getBoundingClientRect();
    this.begin(this.layout().value([event.clientX - box.left, event.clientY - box.top]));
  }

  key(event) {
    if (!this.scene || !this.viewer.canSet) return;
    const circle = this.scene.low == null;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const given = this.settings.from.point;
    this.aim ??= given ? [...given] : circle ? [0] : this.scene.low.map((low, axis) => (low + this.scene.high[axis]) / 2);
    if (event.key === "Enter") this.begin(this.aim);
    else if (event.key === "Escape") this.aim = null;
    else if (moves[event.key]) {
      const [dx, dy] = moves[event.key];
      if (circle) this.aim = [this.aim[0] + (dy || -dx) * (Math.PI / 36)];
      else {
        this.aim = this.aim.map((value, axis) => {
          const [low, high] = [this.scene.low[axis], this.scene.high[axis]];
          return Math.min(high, Math.max(low, value + ((high - low) / 40) * [dx, dy][axis]));
        });
      }
    } else return;
    event.preventDefault();
    event.stopPropagation();
    const aim = this.aim && Array.from(this.aim, (value) => digits(value, 2)).join(", ");
    this.aimed.textContent = aim ? `${aim} ${this.scene.unit}` : "";
    this.restless = true;
    this.viewer.schedule();
  }

  begin(point) {
    this.aim = null;
    const rounded = point.map((value) => Number(value.toFixed(3)));
    this.viewer.set(this, { show: "rest", from: { point: rounded } });
    this.viewer.play();
  }

  layout() {
    const width = Math.max(80, this.arena.canvas.clientWidth);
    return new Place(this.scene, 10, 10, width - 20);
  }

  // Everything below draws.

  draw() {
    if (!this.scene || !this.restless) return;
    this.restless = false;
    this.drawArena();
    if (this.scene.cloud) this.drawStates();
    this.drawOccupancy();
    if (this.viewer.canSet) this.drawDivergence();
    this.drawSteps();
    if (this.training) {
      this.drawLearning();
      this.drawLoss();
      if (this.training.emergence.length) this.drawEmerging();
    }
    this.write();
  }

  color(colors) {
    return this.now && !this.now.rest ? colors.active : colors.quiescent;
  }

  drawArena() {
    const [context] = this.arena.begin();
    const { colors } = this.arena;
    const place = this.layout();
    place.walls(context, colors);
    const { now } = this;
    const color = this.color(colors);
    if (now) {
      context.strokeStyle = color;
      context.fillStyle = color;
      const value = (all, trial) => Array.from(all.subarray(trial * now.columns, trial * now.columns + now.dim));
      context.lineWidth = 0.8;
      context.globalAlpha = 0.22;
      for (let trial = 1; trial < now.trials; trial++) {
        const points = this.faint.map((all, age) => place.at(value(all, trial), this.inward(this.faint.length - 1 - age)));
        polyline(context, points);
      }
      context.globalAlpha = 0.45;
      for (let trial = 1; trial < now.trials; trial++) dot(context, place.at(value(now.all, trial)), 1.8);
      this.trail(context, (point, age) => place.at(point, this.inward(age / 3)), 2.6);
      context.globalAlpha = 1;
      dot(context, place.at(value(now.all, 0)), 5);
      if (Number.isFinite(now.truth[0])) {
        context.strokeStyle = colors.ink;
        context.lineWidth = 1.5;
        const [x, y] = place.at(now.truth);
        context.beginPath();
        context.arc(x, y, 8, 0, 2 * Math.PI);
        context.stroke();
      }
    }
    const from = !this.player && this.settings.show === "rest" && this.settings.from.point;
    if (from) this.cross(context, place.at(from), colors.ink, 5);
    if (this.aim) this.cross(context, place.at(this.aim), colors.mark, 9);
    this.scaleBar(context, place, colors);
  }

  /** On a circle the past lies inside. */
  inward(age) {
    return this.scene.low == null ? Math.max(0.15, 1 - age * 0.01) : 1;
  }

  cross(context, [x, y], color, size) {
    context.globalAlpha = 1;
    context.strokeStyle = color;
    context.lineWidth = 2;
    polyline(context, [[x - size, y], [x + size, y], null, [x, y - size], [x, y + size]]);
  }

  scaleBar(context, place, colors) {
    context.globalAlpha = 1;
    context.fillStyle = colors.soft;
    if (place.circle) {
      context.textAlign = "center";
      context.textBaseline = "middle";
      for (const [text, angle] of [["0", 0], ["π/2", Math.PI / 2], ["π", Math.PI], ["−π/2", -Math.PI / 2]]) {
        context.fillText(text, ...place.at([angle], 1.12));
      }
      return;
    }
    const length = rounded(((place.high[0] - place.low[0]) / 5) * 0.999);
    const [x, y] = place.at(place.low);
    context.strokeStyle = colors.soft;
    context.lineWidth = 2;
    // Below the walls, where nothing moves.
    const bottom = y + 12;
    polyline(context, [[x, bottom], [x + length * place.scale, bottom]]);
    context.textBaseline = "middle";
    context.fillText(`${length} m`, x + length * place.scale + 6, bottom);
  }

  /** The bold trial's past, fading. */
  trail(context, pixel, width) {
    context.lineCap = "round";
    context.lineWidth = width;
    const pieces = 12;
    const count = this.bold.length;
    for (let piece = 0; piece < pieces; piece++) {
      const from = Math.floor((piece * count) / pieces);
      const to = Math.min(count, Math.floor(((piece + 1) * count) / pieces) + 1);
      context.globalAlpha = 0.12 + (0.88 * (piece + 1)) / pieces;
      const points = [];
      for (let i = from; i < to; i++) points.push(this.bold[i] && pixel(this.bold[i], count - 1 - i));
      polyline(context, points);
    }
    context.lineCap = "butt";
  }

  drawStates() {
    const [context, width, height] = this.states.begin();
    const { colors } = this.states;
    const [left, bottom] = [26, 22];
    const [x0, x1, y0, y1] = this.extent;
    const x = axis(x0, x1, left, width - 6);
    const y = axis(y0, y1, height - bottom, 6);
    context.fillStyle = colors.soft;
    context.textAlign = "center";
    context.fillText("component 1", (left + width) / 2, height - 6);
    context.save();
    context.translate(12, (height - bottom) / 2);
    context.rotate(-Math.PI / 2);
    context.fillText("component 2", 0, 0);
    context.restore();
    context.strokeStyle = colors.line;
    context.strokeRect(left, 6, width - 6 - left, height - bottom - 6);
    context.save();
    context.beginPath();
    context.rect(left, 6, width - 6 - left, height - bottom - 6);
    context.clip();
    context.fillStyle = colors.active;
    context.globalAlpha = 0.25;
    const { cloud } = this.scene;
    for (let i = 0; i < cloud.length; i += 2) context.fillRect(x(cloud[i]) - 1, y(cloud[i + 1]) - 1, 2, 2);
    const { now } = this;
    if (now) {
      const color = this.color(colors);
      context.fillStyle = color;
      context.strokeStyle = color;
      context.globalAlpha = 0.5;
      for (let trial = 1; trial < now.trials; trial++) {
        const at = trial * now.columns + now.dim;
        dot(context, [x(now.all[at]), y(now.all[at + 1])], 1.6);
      }
      this.trail(context, (point) => [x(point[now.dim]), y(point[now.dim + 1])], 2);
      context.globalAlpha = 1;
      dot(context, [x(now.all[now.dim]), y(now.all[now.dim + 1])], 4.5);
    }
    context.restore();
  }

  drawOccupancy() {
    const [context, width] = this.occupancy.begin();
    const { colors } = this.occupancy;
    const { scene, now } = this;
    const most = Math.max(...scene.occupancy) * 1.05;
    const gap = 14;
    const size = (width - gap) / 2;
    const label = now && !now.rest ? "now, awake" : "now, at rest";
    const shown = [[label, now?.occupancy, this.color(colors)]];
    // The active phase is that of the network as it is now.
    if (!this.player) shown.unshift(["active phase", scene.occupancy, colors.active]);
    for (const [number, [text, shares, color]] of shown.entries()) {
      const x = number * (size + gap);
      const place = new Place(scene, x + 2, 20, size - 4);
      context.globalAlpha = 1;
      context.fillStyle = colors.ink;
      context.textAlign = "left";
      context.fillText(text, x + 2, 13);
      if (shares) this.heat(context, place, shares, most, color);
      context.globalAlpha = 1;
      place.walls(context, colors);
    }
  }

  heat(context, place, shares, most, color) {
    const per = this.scene.bins_per_side;
    context.fillStyle = color;
    if (place.circle) {
      // Mass outside of the circle, to scale.
      context.globalAlpha = 0.75;
      for (let bin = 0; bin < per; bin++) {
        const [from, to] = [bin, bin + 1].map((edge) => Math.PI - (2 * Math.PI * edge) / per);
        const outer = place.radius * (1 + 0.19 * Math.min(1, shares[bin] / most));
        context.beginPath();
        context.arc(...place.centre, place.radius, from, to, true);
        context.arc(...place.centre, outer, to, from);
        context.fill();
      }
      return;
    }
    const [left, bottom] = place.at(place.low);
    const [right, top] = place.at(place.high);
    const w = (right - left) / per;
    const h = place.flat ? 16 : (bottom - top) / per;
    for (let bin = 0; bin < shares.length; bin++) {
      if (shares[bin] === 0) continue;
      context.globalAlpha = Math.min(1, 0.06 + 0.94 * (shares[bin] / most));
      // The first coordinate is the slowest.
      const [i, j] = place.flat ? [bin, 0] : [Math.floor(bin / per), bin % per];
      context.fillRect(left + i * w, bottom - (j + 1) * h, w + 0.4, h + 0.4);
    }
  }

  /** Axes with ticks at both ends. */
  frameOf(context, colors, [left, top, right, bottom], [xs, ys], [xLabel, yLabel]) {
    context.globalAlpha = 1;
    context.strokeStyle = colors.soft;
    polyline(context, [[left, top], [left, bottom], [right, bottom]]);
    context.fillStyle = colors.soft;
    context.textAlign = "left";
    context.fillText(xs[0], left, bottom + 14);
    context.textAlign = "right";
    context.fillText(xs[1], right, bottom + 14);
    context.fillText(ys[0], left - 4, bottom);
    context.fillText(ys[1], left - 4, top + 9);
    context.textAlign = "center";
    // Beside both ticks, if there is room.
    const taken = Math.max(...xs.map((text) => context.measureText(text).width));
    if (context.measureText(xLabel).width + 2 * taken + 16 <= right - left) context.fillText(xLabel, (left + right) / 2, bottom + 14);
    context.save();
    context.translate(11, (top + bottom) / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(yLabel, 0, 0);
    context.restore();
  }

  drawDivergence() {
    const [context, width, height] = this.divergence.begin();
    const { colors } = this.divergence;
    const { history, scene } = this;
    const box = [42, 8, width - 8, height - 22];
    if (!history.length) {
      const { fewest_trials: fewest } = this.viewer.hello;
      const why = this.now && !this.now.rest ? "only at rest" : this.settings.trials < fewest ? `needs ${fewest} trials` : "not yet";
      context.fillStyle = colors.soft;
      context.textAlign = "center";
      context.fillText(`KL(rest‖active): ${why}`, width / 2, height / 2);
      return;
    }
    const most = rounded(Math.max(0.2, ...history.map(([, kl, , high]) => Math.max(kl, Math.min(high, 1.5 * kl)))));
    // An estimate, from which its bias is taken, can be below 0.
    const under = Math.min(0, ...history.map(([, kl, low]) => Math.min(kl, Math.max(low, -most))));
    const least = under < 0 ? -rounded(-under) : 0;
    const [first, last] = [this.since * scene.dt_s, Math.max(1, history.at(-1)[0]) * scene.dt_s];
    const seconds = (value) => value.toFixed(value > 0 && value < 10 ? 1 : 0);
    this.frameOf(context, colors, box, [[seconds(first), `${seconds(last)} s`], [String(least).replace("-", "−"), String(most)]], ["time at rest", "KL, nats"]);
    const x = axis(first, last, box[0], box[2]);
    const y = (value) => Math.max(box[1], Math.min(box[3], axis(least, most, box[3], box[1])(value)));
    const at = (row, column) => [x(row[0] * scene.dt_s), y(row[column])];
    if (least < 0) {
      context.strokeStyle = colors.line;
      polyline(context, [[box[0], y(0)], [box[2], y(0)]]);
    }
    context.fillStyle = colors.quiescent;
    context.globalAlpha = 0.18;
    context.beginPath();
    history.forEach((row, i) => context[i ? "lineTo" : "moveTo"](...at(row, 2)));
    [...history].reverse().forEach((row) => context.lineTo(...at(row, 3)));
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = colors.quiescent;
    context.lineWidth = 2;
    polyline(context, history.map((row) => at(row, 1)));
    context.lineWidth = 1;
    context.strokeStyle = colors.soft;
    context.setLineDash([4, 3]);
    polyline(context, history.map((row) => (Number.isFinite(row[4]) ? at(row, 4) : null)));
  }

  drawSteps() {
    const [context, width, height] = this.steps.begin();
    const { colors } = this.steps;
    const { scene, now } = this;
    const edges = scene.step_edges;
    const box = [42, 8, width - 8, height - 22];
    const shares = [this.player ? [] : scene.step_shares, now ? Array.from(now.stepShares) : []];
    const most = Math.max(0.05, ...shares[0], ...shares[1]);
    const percent = `${(100 * most).toFixed(0)} %`;
    this.frameOf(context, colors, box, [["", ""], ["0", percent]], ["", "steps"]);
    const x = axis(0, edges.length - 1, box[0], box[2]);
    const y = axis(0, most, box[3], box[1]);
    // Bins have equal widths of the logarithm.
    const [low, high] = [edges[0], edges.at(-1)].map(Math.log10);
    context.fillStyle = context.strokeStyle = colors.soft;
    context.textAlign = "center";
    for (let decade = Math.ceil(low); decade <= high; decade++) {
      const at = axis(low, high, box[0], box[2])(decade);
      polyline(context, [[at, box[3]], [at, box[3] + 4]]);
      const text = `${Number((10 ** decade).toPrecision(1))}${decade + 1 > high ? ` ${scene.unit}` : ""}`;
      context.fillText(text, at, box[3] + 16);
    }
    for (const [of, color] of [[shares[0], colors.active], [shares[1], this.color(colors)]]) {
      context.strokeStyle = color;
      context.lineWidth = 2;
      context.setLineDash(of === shares[1] && now && !now.rest ? [5, 3] : []);
      polyline(context, of.flatMap((share, bin) => [[x(bin), y(share)], [x(bin + 1), y(share)]]));
    }
  }

  drawLearning() {
    const [context, width, height] = this.learning.begin();
    const { colors } = this.learning;
    const { tests, batches, unit } = this.training;
    const box = [42, 8, width - 8, height - 22];
    const { chance } = this.training;
    const most = rounded(Math.max(1e-9, chance ?? 0, ...tests.map(([, error]) => error)));
    this.frameOf(context, colors, box, [["0", String(batches)], ["0", `${most}`]], ["batches", `error, ${unit}`]);
    const x = axis(0, batches, box[0], box[2]);
    const y = axis(0, most, box[3], box[1]);
    context.strokeStyle = colors.active;
    context.lineWidth = 2;
    polyline(context, tests.map(([batch, error]) => [x(batch), y(error)]));
    if (chance != null) {
      context.strokeStyle = colors.soft;
      context.setLineDash([4, 3]);
      polyline(context, [[box[0], y(chance)], [box[2], y(chance)]]);
    }
    const now = this.training.batch;
    const shown = this.player?.batch ?? this.training.checkpoint;
    this.learning.caption.textContent = `Decoding error in training: batch ${now} of ${batches}` +
      (chance == null ? "" : "; dashed: chance, a constant answer") +
      (shown == null ? "." : `. What is shown above is the network after batch ${shown}.`);
  }

  drawLoss() {
    const [context, width, height] = this.loss.begin();
    const { colors } = this.loss;
    const losses = this.training.losses.filter(([, loss]) => loss > 0);
    if (!losses.length) return;
    const box = [52, 8, width - 8, height - 22];
    const logs = losses.map(([, loss]) => Math.log10(loss));
    const [low, high] = [Math.floor(Math.min(...logs)), Math.ceil(Math.max(...logs) + 1e-9)];
    const power = (exponent) => (exponent < -3 ? `1e${exponent}` : String(10 ** exponent)).replace("-", "−");
    this.frameOf(context, colors, box, [["0", String(this.training.batches)], [power(low), power(high)]], ["batches", "loss (log)"]);
    const [x, y] = [axis(0, this.training.batches, box[0], box[2]), axis(low, high, box[3], box[1])];
    context.strokeStyle = colors.active;
    context.lineWidth = 2;
    polyline(context, losses.map(([batch], i) => [x(batch), y(logs[i])]));
  }

  /** The divergence of rest that was kept in training, with interval and floor. */
  drawEmerging() {
    const [context, width, height] = this.emerging.begin();
    const { colors } = this.emerging;
    const { emergence, batches } = this.training;
    const box = [42, 8, width - 8, height - 22];
    const most = rounded(Math.max(0.2, ...emergence.map(([, kl, , high]) => Math.max(kl, Math.min(high, 1.5 * kl)))));
    this.frameOf(context, colors, box, [["0", String(batches)], ["0", String(most)]], ["batches", "KL, nats"]);
    const x = axis(0, batches, box[0], box[2]);
    const y = (value) => Math.max(box[1], Math.min(box[3], axis(0, most, box[3], box[1])(value)));
    context.strokeStyle = context.fillStyle = colors.quiescent;
    context.globalAlpha = 0.5;
    for (const [batch, , low, high] of emergence) polyline(context, [[x(batch), y(low)], [x(batch), y(high)]]);
    context.globalAlpha = 1;
    context.lineWidth = 2;
    polyline(context, emergence.map(([batch, kl]) => [x(batch), y(kl)]));
    for (const [batch, kl] of emergence) dot(context, [x(batch), y(kl)], batch === this.player?.batch ? 5 : 2.5);
    context.lineWidth = 1;
    context.strokeStyle = colors.soft;
    context.setLineDash([4, 3]);
    polyline(context, emergence.map(([batch, , , , floor]) => (floor == null ? null : [x(batch), y(floor)])));
    const at = emergence.find(([batch]) => batch === this.player?.batch) ?? emergence.at(-1);
    const percent = (part) => (part == null ? "–" : `${(100 * part).toFixed(0)} %`);
    this.emerging.caption.textContent = "Rest in training: divergence from the active phase of the time, with its interval; dashed: the floor. " +
      `After batch ${at[0]} a quiescent trial covers ${percent(at[5])} of the variance of all, an active one ${percent(at[6])}.`;
  }

  write() {
    const { now, scene, numbers } = this;
    const put = (key, text) => {
      if (numbers[key].textContent !== text) numbers[key].textContent = text;
    };
    const square = ` ${scene.unit}²`;
    const kept = this.player && this.training?.emergence.find(([batch]) => batch === this.player.batch);
    put("stage", !now ? "–" : kept ? `at rest, after batch ${kept[0]}` : now.rest ? "at rest" : "awake");
    const slow = this.slowness();
    put("time", now ? `${digits(now.step * scene.dt_s, 2)} s${slow < 1 ? `, at ${digits(slow, 2)} of the speed` : ""}` : "–");
    const here = now && Array.from(now.all.subarray(0, now.dim), (value) => digits(value, 2)).join(", ");
    put("here", now ? `${here} ${scene.unit}` : "–");
    const [kl, low, high, most] = kept ? kept.slice(1) : [now?.kl, now?.low, now?.high, now?.floor];
    const floor = Number.isFinite(most) ? `, floor ${digits(most, 2)}` : "";
    put("kl", Number.isFinite(kl) ? `${digits(kl, 2)} (${digits(low, 2)} to ${digits(high, 2)}${floor}) nats` : "–");
    // The active phase is that of the network as it is now.
    const beside = (value, places) => (kept || !Number.isFinite(value) ? "" : ` (active ${digits(value, places)})`);
    const window = `${digits(scene.window_steps * scene.dt_s, 1)} s`;
    put("variance", now && Number.isFinite(now.variance) ? `${digits(now.variance, 3)}${square} in ${window}${beside(scene.variance, 3)}` : "–");
    put("step", now ? `${digits(now.meanStep, 3)} ${scene.unit}${beside(scene.mean_step, 3)}` : "–");
    put("error", now && Number.isFinite(now.error) ? `${digits(now.error, 3)} ${scene.unit} (chance ${digits(scene.chance_error, 2)})` : "–");
  }
}

/** The range of both components, with room for rest beyond it. */
function extent(cloud) {
  const ranges = [0, 1].map((component) => {
    let [low, high] = [Infinity, -Infinity];
    for (let i = component; i < cloud.length; i += 2) {
      low = Math.min(low, cloud[i]);
      high = Math.max(high, cloud[i]);
    }
    const room = 0.2 * (high - low || 1);
    return [low - room, high + room];
  });
  return ranges.flat();
}

/** Whether a simulation begins anew with other settings; see `Settings::begins_anew`. */
function begunAnew(before, after) {
  const what = ({ show, from, trials, seed }) => JSON.stringify([show, from, trials, seed]);
  return !before || what(before) !== what(after);
}

// ------------------------------------------------------------------------------------------------ the viewer

/** Panels of one or two networks, with one set of controls. */
export class Viewer {
  /**
   * @param root where to build it
   * @param connect makes a source; called once for each panel
   * @param options state: what `state()` has returned, by panel; changed: called after every change of it; keys: where
   *   keys are listened to, if not in the root alone
   */
  constructor(root, connect, { state = {}, changed = () => {}, keys = root } = {}) {
    Object.assign(this, { root, connect, told: changed, wanted: state });
    root.classList.add("quiescent-view");
    // JupyterLab has shortcuts of its own for the same keys.
    root.dataset.lmSuppressShortcuts = "true";
    const still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches;
    // Where little motion is wanted, only a person begins it.
    this.playing = !still && (state.playing ?? true);
    this.speed = state.speed ?? 1;
    this.target = "all";
    this.panels = [];
    this.canSet = true;
    this.buildControls();
    this.panelRoot = element("div", { class: "qv-panels" });
    root.append(this.controls, this.panelRoot);
    this.redrawAll = () => {
      for (const panel of this.panels) panel.restless = true;
      this.schedule();
    };
    this.resized = new ResizeObserver(this.redrawAll);
    this.resized.observe(root);
    this.ended = new AbortController();
    const until = { signal: this.ended.signal };
    keys.addEventListener("keydown", (event) => this.key(event), until);
    globalThis.matchMedia?.("(prefers-color-scheme: dark)").addEventListener("change", this.redrawAll, until);
    document.addEventListener("visibilitychange", () => this.sendPlaying(), until);
    for (let place = 0; place < Math.min(2, Math.max(1, state.panels?.length ?? 1)); place++) this.addPanel();
  }

  addPanel() {
    const panel = new Panel(this, this.panels.length, this.connect());
    this.panels.push(panel);
    this.panelRoot.append(panel.root);
    this.arrange();
  }

  removePanel() {
    const panel = this.panels.pop();
    panel.source.close?.();
    panel.root.remove();
    this.arrange();
    this.tell();
  }

  arrange() {
    const two = this.panels.length === 2;
    this.panelRoot.classList.toggle("qv-two", two);
    this.beside.textContent = two ? "Show one alone" : "Show two side by side";
    this.targetField.hidden = !two || !this.canSet;
    if (!two) this.target = this.targetSelect.value = "all";
    else if (this.target === "all" && !this.chose) this.target = Number((this.targetSelect.value = "0"));
    this.redrawAll?.();
  }

  // What panels report.

  greeted(panel, hello) {
    this.canSet = hello.settings !== false;
    this.hello = hello;
    this.trials.max = hello.most_trials ?? 200;
    for (const field of this.settable) field.hidden = !this.canSet;
    this.arrange();
    const wanted = this.wanted.panels?.[panel.place];
    panel.wanted = wanted?.settings;
    const run = Math.min(wanted?.run ?? panel.place, hello.runs.length - 1);
    panel.choose(Math.max(0, run));
  }

  arrived(panel) {
    this.sendSpeed(panel);
    if (panel.wanted) {
      const settings = { ...panel.settings, ...panel.wanted };
      panel.wanted = null;
      panel.ask({ type: "set", settings });
    }
    this.sendPlaying(panel);
    this.glance(panel);
    this.changed(panel);
  }

  changed(panel) {
    if (panel.settings && this.chosen()[0] === panel) this.showSettings(panel);
    this.tell();
  }

  /** A network has stopped; the others go on. */
  stopped() {
    if (!this.panels.every((panel) => panel.stopped)) return;
    this.playing = false;
    this.showPlaying();
    this.tell();
  }

  // What a person does.

  /** Changes settings of a panel, or of those that the controls change; `change` may depend on the panel. */
  set(panel, change) {
    const send = (to) => {
      if (!to.settings) return;
      // The settings that follow count from now, before the answer is there. If they are refused, it says which hold.
      const settings = { ...to.settings, ...(typeof change === "function" ? change(to) : change) };
      to.ask({ type: "set", settings });
      if (begunAnew(to.settings, settings)) to.clear();
      to.settings = settings;
      to.restless = true;
    };
    if (panel) send(panel);
    else for (const to of this.chosen()) send(to);
    this.schedule();
  }

  chosen() {
    return this.target === "all" ? this.panels : [this.panels[this.target]].filter(Boolean);
  }

  play(playing = true) {
    this.playing = playing;
    this.showPlaying();
    this.sendPlaying();
    this.tell();
  }

  step() {
    this.play(false);
    for (const panel of this.panels) panel.send({ type: "step", steps: 1 });
  }

  reset() {
    for (const panel of this.panels) {
      panel.clear();
      panel.stopped = false;
      panel.send({ type: "reset" });
      if (!this.canSet || panel.player) this.glance(panel);
    }
    this.sendPlaying();
    this.schedule();
  }

  /** What waits is shown after its first step. */
  glance(panel) {
    if (!this.playing) panel.send({ type: "step", steps: 1 });
  }

  sendPlaying(panel) {
    const type = this.playing && !document.hidden ? "play" : "pause";
    for (const to of panel ? [panel] : this.panels) {
      if (!to.scene || to.stopped) continue;
      if (to.sent !== type) to.pace = [];
      to.sent = type;
      to.send({ type });
    }
  }

  sendSpeed(panel) {
    for (const to of panel ? [panel] : this.panels) {
      if (!to.scene) continue;
      to.pace = [];
      to.send({ type: "speed", steps_per_s: this.stepsPerS(to) });
    }
  }

  stepsPerS({ scene }) {
    return Math.min(this.hello.fastest_steps_per_s, this.speed / scene.dt_s);
  }

  key(event) {
    const { tagName, type } = event.target;
    const text = tagName === "TEXTAREA" || (tagName === "INPUT" && !/^(range|checkbox)$/.test(type));
    // A button has a meaning of its own for the space bar, a menu for every letter.
    const own = event.key === " " ? /^(BUTTON|SELECT|SUMMARY)$/.test(tagName) || type === "checkbox" : tagName === "SELECT";
    if (event.ctrlKey || event.metaKey || event.altKey || text || own) return;
    if (event.key === " ") this.play(!this.playing);
    else if (event.key === ".") this.step();
    else if (event.key === "r") this.reset();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The controls.

  buildControls() {
    const numeric = (attributes, onchange) => {
      const made = element("input", { type: "number", ...attributes, change: () => {
        if (made.value !== "" && made.checkValidity()) onchange(Number(made.value));
        else made.reportValidity();
      } });
      return made;
    };
    this.playButton = element("button", { type: "button", class: "qv-play", click: () => this.play(!this.playing) });
    const button = (text, title, click) => element("button", { type: "button", title, click }, text);
    this.speedSelect = select(SPEEDS.map((speed) => [speed, `${speed}×`]), (value) => {
      this.speed = Number(value);
      this.sendSpeed();
      this.tell();
    });
    this.speedSelect.value = String(this.speed);
    if (this.speedSelect.selectedIndex < 0) this.speedSelect.value = String((this.speed = 1));
    this.beside = button("", "", () => (this.panels.length === 2 ? this.removePanel() : this.addPanel()));
    this.targetSelect = select([["all", "both"], ["0", "the first"], ["1", "the second"]], (value) => {
      this.chose = true;
      this.target = value === "all" ? "all" : Number(value);
      const [panel] = this.chosen();
      if (panel?.settings) this.showSettings(panel);
    });
    this.targetField = labelled("Controls change", this.targetSelect);
    this.show = select(Object.entries(SHOWS), (show) => this.set(null, { show }));
    this.from = select(Object.entries(STARTS), (from) => this.set(null, (panel) => ({ from: from === "point" ? { point: this.point(panel) } : from })));
    const toPoint = () => this.set(null, (panel) => ({ from: { point: this.point(panel) } }));
    this.coordinates = [0, 1].map((axis) => numeric({ step: "any", required: true, "aria-label": axis ? "y in m" : "x in m" }, toPoint));
    this.pointField = element("span", { class: "qv-point" }, ...this.coordinates);
    this.kappaText = element("output", {});
    this.kappa = element("input", { type: "range", min: 0, max: 4, step: 0.01, input: () => {
      this.showKappa(Number(this.kappa.value), this.chosen()[0]?.scene);
      this.set(null, { noise_ratio: Number(this.kappa.value) });
    } });
    const adapt = () => this.set(null, { adaptation: this.adapts.checked ? { strength: Number(this.strength.value), tau_s: Number(this.tau.value) } : null });
    this.adapts = element("input", { type: "checkbox", change: adapt });
    this.strength = numeric({ min: 0, max: 100, step: "any", value: 0.3, required: true }, adapt);
    this.tau = numeric({ min: 0.001, step: "any", value: 2, required: true }, adapt);
    const move = () => this.set(null, { momentum: this.moves.checked ? { friction: Number(this.friction.value), keep_temperature: this.keeps.checked } : null });
    this.moves = element("input", { type: "checkbox", change: move });
    this.keeps = element("input", { type: "checkbox", checked: true, title: "Noise is multiplied by √λ, with which slow motion keeps its variance", change: move });
    this.friction = numeric({ min: 0.01, max: 1, step: "any", value: 0.5, required: true }, move);
    this.trials = numeric({ min: 1, max: 200, step: 1, required: true }, (trials) => this.set(null, { trials }));
    this.seed = numeric({ min: 0, max: Number.MAX_SAFE_INTEGER, step: 1, required: true }, (seed) => this.set(null, { seed }));
    this.settable = [
      labelled("Show", this.show),
      labelled("Rest begins", this.from, this.pointField),
      labelled("Noise of rest", this.kappa, this.kappaText),
      element("fieldset", { class: "qv-group" }, element("legend", {}, labelled("Adaptation", this.adapts)), labelled("strength b", this.strength), labelled("τ in s", this.tau)),
      element("fieldset", { class: "qv-group" }, element("legend", {}, labelled("Momentum", this.moves)), labelled("friction λ", this.friction), labelled("noise × √λ", this.keeps)),
      labelled("Trials", this.trials),
      labelled("Seed", this.seed),
    ];
    this.controls = element("form", { class: "qv-controls", "aria-label": "Controls", submit: (event) => event.preventDefault() },
      element("div", { class: "qv-buttons" }, this.playButton,
        button("Step", "One step (.)", () => this.step()), button("Begin anew", "Begin anew (r)", () => this.reset()),
        labelled("Speed", this.speedSelect), this.beside, this.targetField),
      element("div", { class: "qv-settings" }, ...this.settable));
    this.showPlaying();
  }

  /** The point of the controls, in a panel's space; the middle of the box or heading 0 where there is none. */
  point(panel) {
    const { low, high } = panel.scene;
    const usual = panel.settings.from.point ?? low?.map((value, axis) => (value + high[axis]) / 2) ?? [0];
    // What the controls show is of the first panel that they change.
    if (panel !== this.chosen()[0]) return usual;
    const typed = this.coordinates.slice(0, usual.length).map((input) => (input.value === "" ? null : Number(input.value)));
    return typed.map((value, axis) => value ?? usual[axis]);
  }

  showKappa(ratio, scene) {
    const sigma = scene && ` (σ ${digits(ratio * scene.sigma, 3)} per √s)`;
    this.kappaText.textContent = `κ = ${ratio.toFixed(2)}${sigma ?? ""}`;
    this.kappa.title = scene?.papers_sigma ? "Multiples of the paper's noise: this network was trained without any" : "Multiples of the active noise";
  }

  showPlaying() {
    this.playButton.textContent = this.playing ? "Pause" : "Play";
    this.playButton.title = `${this.playing ? "Pause" : "Play"} (space)`;
  }

  /** Writes settings into the controls, but not where someone is typing. */
  showSettings({ settings, scene }) {
    if (!this.canSet) return;
    const put = (control, value) => {
      if (control !== document.activeElement || control.type === "checkbox") control.value = value;
    };
    put(this.show, settings.show);
    const { point } = settings.from;
    put(this.from, point ? "point" : settings.from);
    const circle = scene?.low == null;
    this.pointField.hidden = !point;
    this.coordinates.forEach((input, axis) => {
      input.hidden = axis > 0 && (circle || scene.low.length < 2);
      input.setAttribute("aria-label", circle ? "heading in rad" : `${axis ? "y" : "x"} in m`);
      if (point) put(input, point[axis] ?? "");
      if (!circle && scene.low.length > axis) {
        input.min = scene.low[axis];
        input.max = scene.high[axis];
      } else {
        input.removeAttribute("min");
        input.removeAttribute("max");
      }
    });
    this.kappa.max = scene.largest_noise_ratio;
    put(this.kappa, settings.noise_ratio);
    this.showKappa(settings.noise_ratio, scene);
    // What has no effect cannot be set.
    const [asleep, free] = [settings.show !== "wake", settings.show === "rest"];
    for (const control of [this.from, ...this.coordinates]) control.disabled = !free;
    for (const control of [this.kappa, this.adapts, this.strength, this.tau, this.moves, this.friction, this.keeps]) control.disabled = !asleep;
    this.adapts.checked = settings.adaptation != null;
    if (settings.adaptation) {
      put(this.strength, settings.adaptation.strength);
      put(this.tau, settings.adaptation.tau_s);
    }
    this.moves.checked = settings.momentum != null;
    if (settings.momentum) {
      put(this.friction, settings.momentum.friction);
      this.keeps.checked = settings.momentum.keep_temperature;
    }
    put(this.trials, settings.trials);
    put(this.seed, settings.seed);
  }

  /** Everything that a person has set, as plain data; a viewer that is given it shows the same. */
  state() {
    const panels = this.panels.map(({ scene, settings }) => ({ run: scene?.run ?? 0, settings }));
    return { playing: this.playing, speed: this.speed, panels };
  }

  /** Tells what is set, once for all changes that come close after each other. */
  tell() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      if (this.panels.length && this.panels.every((panel) => panel.settings)) this.told(this.state());
    }, 250);
  }

  schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      for (const panel of this.panels) panel.draw();
    });
  }

  /** Ends its connections. */
  close() {
    clearTimeout(this.telling);
    this.ended.abort();
    this.resized.disconnect();
    for (const panel of this.panels) panel.source.close?.();
  }
}

// ------------------------------------------------------------------------------------------------ sources

/** A source that is a WebSocket. */
export function socketSource(url) {
  let socket;
  const waiting = [];
  return {
    send(request) {
      const text = JSON.stringify(request);
      if (socket?.readyState === WebSocket.OPEN) socket.send(text);
      else waiting.push(text);
    },
    open({ text, frame, closed }) {
      socket = new WebSocket(url);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => waiting.splice(0).forEach((request) => socket.send(request));
      socket.onmessage = ({ data }) => (typeof data === "string" ? text(JSON.parse(data)) : frame(data));
      socket.onclose = ({ reason }) => closed(reason && `The connection has ended: ${reason}.`);
    },
    close() {
      socket.onclose = null;
      socket.close();
    },
  };
}

/** A source that is a notebook's widget: frames are asked for one by one, each after the one before has come. */
export function modelSource(model) {
  const session = crypto.randomUUID?.() ?? String(Math.random());
  let [receive, asked] = [null, false];
  const ask = (request) => model.send({ session, request: JSON.stringify(request) });
  const clock = new Clock((steps) => {
    if (asked) return;
    asked = true;
    ask({ type: "step", steps });
  });
  const heard = ({ session: to, text }, buffers) => {
    if (to !== session) return;
    if (text) {
      const reply = JSON.parse(text);
      const ends = reply.type === "stopped" || reply.type === "ended";
      if (ends) clock.pause();
      if (ends || reply.type === "refused") asked = false;
      receive.text(reply);
    } else {
      asked = false;
      const [bytes] = buffers;
      receive.frame(bytes instanceof ArrayBuffer ? bytes : bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    }
  };
  return {
    send(request) {
      if (request.type === "speed") clock.stepsPerS = request.steps_per_s;
      else if (request.type === "pause") clock.pause();
      else if (request.type === "play") clock.play();
      else ask(request);
    },
    open(receiver) {
      receive = receiver;
      model.on("msg:custom", heard);
      ask({ type: "open" });
    },
    close() {
      clock.pause();
      model.off("msg:custom", heard);
      ask({ type: "close" });
    },
  };
}

/** Plays a stored phase, {rest, trials, steps, dim, values}, in a space with bins and step_edges. */
class Player {
  constructor(phase, space) {
    Object.assign(this, phase, { space, circle: space.low == null, decoded: quantized(phase, space) });
    this.reset();
  }

  /** Back to the beginning. */
  reset() {
    this.at = 0;
    const { space, dim } = this;
    this.bins = new Float32Array(space.bins_per_side ** dim);
    this.lengths = new Float32Array(space.step_edges.length - 1);
    this.values = this.moves = this.sum = 0;
  }

  value(trial, step) {
    const from = (trial * this.steps + step) * this.dim;
    return Array.from(this.decoded.subarray(from, from + this.dim));
  }

  distance(a, b) {
    if (this.circle) return Math.abs(Math.atan2(Math.sin(a[0] - b[0]), Math.cos(a[0] - b[0])));
    return Math.hypot(...a.map((x, axis) => x - b[axis]));
  }

  /** Counts what all trials do in a step. */
  count(step) {
    const edges = this.space.step_edges;
    for (let trial = 0; trial < this.trials; trial++) {
      const value = this.value(trial, step);
      this.values++;
      this.bins[binOf(value, this.space)]++;
      if (step === 0) continue;
      const length = this.distance(this.value(trial, step - 1), value);
      this.moves++;
      this.sum += length;
      if (length < edges[0]) continue;
      const beyond = edges.findIndex((edge) => edge > length);
      this.lengths[beyond === -1 ? edges.length - 2 : beyond - 1]++;
    }
  }

  /** Mean over trials of the total variance over steps, in m² or rad² along the path; 0 of a single step. */
  variance(from, to) {
    const count = to - from;
    if (count < 2) return 0;
    let all = 0;
    for (let trial = 0; trial < this.trials; trial++) {
      const path = [this.value(trial, from)];
      for (let step = from + 1; step < to; step++) {
        const value = this.value(trial, step);
        const last = path.at(-1);
        // A path around the circle goes on beyond π.
        path.push(this.circle ? [last[0] + Math.atan2(Math.sin(value[0] - last[0]), Math.cos(value[0] - last[0]))] : value);
      }
      for (let axis = 0; axis < this.dim; axis++) {
        const mean = path.reduce((sum, value) => sum + value[axis], 0) / count;
        all += path.reduce((sum, value) => sum + (value[axis] - mean) ** 2, 0) / (count - 1) / this.trials;
      }
    }
    return all;
  }

  /** Goes on by some steps; from the end, to the beginning. */
  frame(steps) {
    if (this.at === this.steps) this.reset();
    const { at, dim, trials } = this;
    const to = Math.min(this.steps, at + steps);
    const columns = dim + 2;
    const path = new Float32Array((to - at) * columns);
    const all = new Float32Array(trials * columns);
    for (let step = at; step < to; step++) {
      this.count(step);
      path.set([...this.value(0, step), NaN, NaN], (step - at) * columns);
    }
    for (let trial = 0; trial < trials; trial++) all.set([...this.value(trial, to - 1), NaN, NaN], trial * columns);
    this.at = to;
    const window = this.space.window_steps;
    return {
      rest: this.rest, epoch: 0, since: 0, step: to, dim, columns, steps: to - at, trials, kl: NaN, low: NaN, high: NaN, floor: NaN,
      meanStep: this.moves ? this.sum / this.moves : NaN, variance: to < window ? NaN : this.variance(to - window, to), error: NaN,
      truth: [NaN, NaN, NaN], path, all, occupancy: this.bins.map((n) => n / this.values),
      stepShares: this.lengths.map((n) => n / Math.max(1, this.moves)),
    };
  }
}

/** Calls `advance(steps)` as time passes, while it plays. */
class Clock {
  constructor(advance) {
    Object.assign(this, { advance, playing: false, stepsPerS: 50, owed: 0, last: 0 });
  }

  play() {
    if (this.playing) return;
    this.playing = true;
    this.last = performance.now();
    requestAnimationFrame((now) => this.tick(now));
  }

  pause() {
    this.playing = false;
  }

  tick(now) {
    if (!this.playing) return;
    requestAnimationFrame((later) => this.tick(later));
    this.owed += (Math.max(0, now - this.last) / 1000) * this.stepsPerS;
    this.last = now;
    const steps = Math.floor(this.owed);
    this.owed = Math.min(1, this.owed - steps);
    if (steps > 0) this.advance(Math.min(32, steps));
  }
}

/**
 * A source of stored phases, which are played again and again:
 *   dt_s, unit, about, low and high (null on a circle), bins_per_side, step_edges
 *   phases: [{name, rest, trials, steps, dim, values}], the first one active; values [trial, step, dim] are fractions of
 *   the range from low to high, or of a turn, as 16-bit numbers in base64.
 */
export function storedSource(stored) {
  const space = { ...stored, window_steps: Math.min(250, stored.phases[0].steps) };
  const players = stored.phases.map((phase) => new Player(phase, space));
  const active = new Player(stored.phases[0], space);
  for (let step = 0; step < active.steps; step++) active.count(step);
  let [receive, player] = [null, players[0]];
  const clock = new Clock((steps) => receive.frame(player.frame(steps)));
  const scene = (run) => ({
    ...space, type: "scene", run, epoch: 0, name: player.name, trial_steps: player.steps, all_trial_steps: player.steps, settings: { show: player.rest ? "rest" : "wake", from: "encoded" },
    occupancy: active.bins.map((n) => n / active.values), step_shares: Array.from(active.lengths, (n) => n / Math.max(1, active.moves)),
    variance: active.variance(0, space.window_steps), mean_step: active.sum / Math.max(1, active.moves), cloud: null, explained: null,
  });
  return {
    send(request) {
      if (request.type === "choose") {
        player = players[request.run];
        player.reset();
        receive.text(scene(request.run));
      } else if (request.type === "speed") clock.stepsPerS = request.steps_per_s;
      else if (request.type === "play") clock.play();
      else if (request.type === "pause") clock.pause();
      else if (request.type === "step") receive.frame(player.frame(request.steps));
      else if (request.type === "reset") player.reset();
    },
    open(receiver) {
      receive = receiver;
      const hello = { type: "hello", protocol: PROTOCOL, settings: false, runs: players.map(({ name }) => name), fastest_steps_per_s: 2000 };
      // After the panel has been built.
      queueMicrotask(() => receive.text(hello));
    },
    close() {
      clock.pause();
    },
  };
}

/** Decoded values of a stored phase. */
function quantized({ values, dim }, { low, high }) {
  const bytes = Uint8Array.from(atob(values), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => {
    const fraction = view.getUint16(2 * i, true) / 65535;
    return low == null ? 2 * Math.PI * fraction - Math.PI : low[i % dim] + (high[i % dim] - low[i % dim]) * fraction;
  });
}

/** The bin of a value, as the library counts them. */
function binOf(value, { low, high, bins_per_side: per }) {
  if (low == null) return Math.min(per - 1, Math.floor((per * (value[0] + Math.PI)) / (2 * Math.PI)));
  return value.reduce((bin, x, axis) => bin * per + Math.min(per - 1, Math.floor((per * (x - low[axis])) / (high[axis] - low[axis]))), 0);
}

/** The widget of the Python package; see https://anywidget.dev. */
export default {
  render({ model, el }) {
    const viewer = new Viewer(el, () => modelSource(model), {
      state: model.get("state"),
      changed: (state) => {
        model.set("state", state);
        model.save_changes();
      },
    });
    return () => viewer.close();
  },
};
