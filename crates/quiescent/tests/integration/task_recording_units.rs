//! Units of recordings: animals of every size in every unit are accepted or rejected correctly.

use std::f64::consts::TAU;
use std::fmt::Write as _;

use crate::task_common::recordings::*;
use quiescent::experiment::{AngleUnit, PositionUnit, RecordingSpec, TimeUnit};
use tempfile::TempDir;

/// Uniform numbers from 0 to 1.
struct Uniform(u64);

impl Uniform {
    fn draw(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// An animal: sides of its room in m, speed while it moves in m/s, share of time it moves, rate.
struct Animal(&'static str, [f64; 2], f64, f64, f64);

const ANIMALS: [Animal; 9] = [
    Animal("quiet mouse", [0.325, 0.25], 0.05, 0.06, 30.0),
    Animal("mouse", [0.6, 0.4], 0.12, 0.5, 30.0),
    Animal("mouse at 200 Hz", [0.5, 0.5], 0.15, 0.6, 200.0),
    Animal("rat", [1.0, 1.0], 0.25, 0.7, 50.0),
    Animal("rat in a room", [3.0, 2.5], 0.4, 0.7, 25.0),
    Animal("rat on a track", [10.0, 0.2], 0.7, 0.8, 39.0),
    Animal("fish", [0.1, 0.08], 0.03, 0.9, 100.0),
    Animal("slow animal", [2.0, 2.0], 0.05, 0.4, 10.0),
    Animal("bat", [20.0, 12.0], 5.0, 1.0, 100.0),
];

/// Times in s and positions in m: bouts of movement and rest, 0.3 mm of a tracker's noise.
fn walk(animal: &Animal, seed: u64) -> Vec<[f64; 3]> {
    let Animal(_, sides, speed, share, rate) = *animal;
    let mut random = Uniform(seed);
    let (mut at, mut heading, mut moving) = ([0.5 * sides[0], 0.5 * sides[1]], 0.0_f64, true);
    let mut velocity = 0.0;
    let n = (240.0 * rate) as usize;
    (0..n)
        .map(|i| {
            // Bouts of 2 s.
            let change = if moving { 0.5 } else { 0.5 * share / (1.0 - share).max(1e-9) };
            if random.draw() < change / rate {
                moving = !moving || share == 1.0;
            }
            let wanted = if moving { speed * (0.6 + 0.8 * random.draw()) } else { 0.0 };
            velocity += (wanted - velocity) * (8.0 / rate).min(1.0);
            heading += (random.draw() - 0.5) * 6.0 / rate.sqrt();
            let step = [velocity / rate * heading.cos(), velocity / rate * heading.sin()];
            for k in 0..2 {
                if !(0.0..=sides[k]).contains(&(at[k] + step[k])) {
                    heading = if k == 0 { 0.5 * TAU - heading } else { -heading };
                } else {
                    at[k] += step[k];
                }
            }
            let noise = 0.0006_f64.min(0.003 * sides[0]);
            [i as f64 / rate, at[0] + noise * random.draw(), at[1] + noise * random.draw()]
        })
        .collect()
}

fn table(path: &[[f64; 3]], scale: f64, whole: bool) -> String {
    let mut text = "t,x,y\n".to_owned();
    for [t, x, y] in path {
        let (x, y) = (x * scale, y * scale);
        let (x, y) = if whole { (x.round(), y.round()) } else { (x, y) };
        writeln!(text, "{t:.5},{x:.5},{y:.5}").unwrap();
    }
    text
}

fn default(spec: &mut RecordingSpec) {
    *spec = RecordingSpec::positions(&spec.file);
}

#[test]
fn animals_in_every_unit_are_taken_or_refused() {
    let dir = TempDir::new().unwrap();
    for (seed, animal) in ANIMALS.iter().enumerate() {
        let Animal(name, sides, ..) = animal;
        let path = walk(animal, seed as u64);
        let px = (600.0 / sides[0]).round();
        let units = [
            ("m", 1.0, false, None),
            ("cm", 100.0, false, Some(PositionUnit::Cm)),
            ("mm", 1000.0, false, Some(PositionUnit::Mm)),
            ("px", px, true, Some(PositionUnit::Px)),
        ];
        for (unit, scale, whole, said) in units {
            let file = text_file(&dir, table(&path, scale, whole));
            let result = open_with(&file, 50, default);
            if unit == "m" && *name != "bat" {
                let task = result.unwrap_or_else(|error| panic!("{name} in m: {error}"));
                assert!(task.recording().unwrap().warnings.is_empty());
                continue;
            }
            let message = result.expect_err(&format!("{name} in {unit}")).to_string();
            assert!(
                message.contains("task.recording.position_unit="),
                "{name} in {unit}: {message}"
            );
            assert!(message.contains("task.recording.position_unit=m settles it"), "{message}");
            // A given unit is accepted, and gives the same room.
            let task = open_with(&file, 50, |spec| {
                default(spec);
                spec.position_unit = Some(said.unwrap_or(PositionUnit::M));
                spec.px_per_m = (unit == "px").then_some(px);
                spec.max_speed_per_s = if *name == "bat" { 30.0 } else { 3.0 };
            })
            .unwrap_or_else(|error| panic!("{name} said to be in {unit}: {error}"));
            let report = task.recording().unwrap();
            let width = report.extent[0].max - report.extent[0].min;
            let true_width = {
                let x = || path.iter().map(|row| row[1]);
                x().fold(0.0, f64::max) - x().fold(f64::INFINITY, f64::min)
            };
            assert!((width - true_width).abs() < 1.5 / scale.min(px), "{name} in {unit}: {width}");
            assert_eq!(report.warnings.is_empty(), *name != "bat", "{:?}", report.warnings);
        }
    }
}

#[test]
fn a_unit_that_makes_a_room_tiny_is_warned_of() {
    let dir = TempDir::new().unwrap();
    let file = text_file(&dir, table(&walk(&ANIMALS[4], 5), 1.0, false));
    let task = open_with(&file, 50, |spec| {
        default(spec);
        spec.position_unit = Some(PositionUnit::Cm);
    })
    .unwrap();
    let text = task.recording().unwrap().to_string();
    assert!(text.contains("beware: the room is 3.0 cm large in the unit that was given"), "{text}");
}

#[test]
fn headings_in_every_unit_are_taken_or_refused() {
    let dir = TempDir::new().unwrap();
    // Rate, share of time the head turns, whether it is confined to a sector, and wrapped.
    let heads = [
        ("a rat", 1.0, None, true),
        ("a quiet rat", 0.05, None, true),
        ("unwrapped", 1.0, None, false),
        ("confined", 0.3, Some(1.2), true),
    ];
    for (seed, (name, share, sector, wrapped)) in heads.into_iter().enumerate() {
        let mut random = Uniform(seed as u64 + 40);
        let (mut heading, mut rate) = (2.0_f64, 0.0_f64);
        let headings: Vec<f64> = (0..9000)
            .map(|i| {
                let turns = (i / 60) % 20 < (20.0 * share) as usize;
                let wanted = if turns { 12.0 * (random.draw() - 0.5) } else { 0.0 };
                rate += 0.15 * (wanted - rate);
                heading += rate / 30.0;
                if let Some(sector) = sector {
                    heading = heading.clamp(2.0 - sector, 2.0 + sector);
                }
                if wrapped { heading.rem_euclid(TAU) } else { heading }
            })
            .collect();
        for (unit, per_turn, said) in [
            ("rad", TAU, AngleUnit::Rad),
            ("deg", 360.0, AngleUnit::Deg),
            ("turns", 1.0, AngleUnit::Turns),
        ] {
            let mut text = "t,heading\n".to_owned();
            for (i, heading) in headings.iter().enumerate() {
                writeln!(text, "{:.4},{:.6}", i as f64 / 30.0, heading / TAU * per_turn).unwrap();
            }
            // One outlier does not change the result.
            writeln!(text, "300.0,-9999").unwrap();
            let file = text_file(&dir, text);
            let result = open_headings(&file, 50);
            if unit == "rad" {
                result.unwrap_or_else(|error| panic!("{name} in rad: {error}"));
            } else if !(unit == "turns" && name == "unwrapped") {
                let message = result.expect_err(&format!("{name} in {unit}")).to_string();
                let flag = format!("task.recording.angle_unit={unit}");
                assert!(message.contains(&flag), "{name} in {unit}: {message}");
            }
            let task = open_headings_with(&file, 50, |spec| spec.angle_unit = Some(said)).unwrap();
            let trace = task.recorded_trace().unwrap();
            let off = (trace.values[100] - headings[100]).rem_euclid(TAU);
            assert!(off.min(TAU - off) < 1e-5, "{name} in {unit}");
        }
    }
}

#[test]
fn times_in_other_units_are_named_and_converted() {
    let dir = TempDir::new().unwrap();
    let path = walk(&ANIMALS[1], 3);
    let with = |time: &dyn Fn(usize, f64) -> f64| {
        let mut text = "t,x,y\n".to_owned();
        for (i, [t, x, y]) in path.iter().enumerate() {
            writeln!(text, "{},{x},{y}", time(i, *t)).unwrap();
        }
        text_file(&dir, text)
    };
    for (time, unit, flag) in [
        (
            &(|_, t: f64| (1e3 * t).round()) as &dyn Fn(usize, f64) -> f64,
            TimeUnit::Ms,
            "time_unit=ms",
        ),
        (&|_, t| 1e6 * t + 1e12, TimeUnit::Us, "time_unit=us"),
        (&|i, _| i as f64, TimeUnit::Frames, "time_unit=frames and task.recording.frame_rate_hz="),
    ] {
        let file = with(time);
        let error = open_with(&file, 50, default).unwrap_err().to_string();
        assert!(error.contains(flag) && !error.contains("max_gap_s"), "{error}");
        let task = open_with(&file, 50, |spec| {
            default(spec);
            spec.time_unit = Some(unit);
            spec.frame_rate_hz = (unit == TimeUnit::Frames).then_some(30.0);
        })
        .unwrap();
        let report = task.recording().unwrap();
        assert!((report.duration_s - 240.0).abs() < 0.1, "{}", report.duration_s);
        assert_eq!(report.stretches, 1);
    }
    for (scale, word) in [(1e9, "nanoseconds"), (1.0 / 60.0, "minutes"), (1.0 / 86400.0, "days")] {
        let error = open_with(&with(&|_, t| t * scale), 50, default).unwrap_err().to_string();
        assert!(error.contains(word) && error.contains("in Python"), "{error}");
    }
}

#[test]
fn slow_recordings_are_not_cut_into_pieces() {
    let dir = TempDir::new().unwrap();
    for (rate, max_gap_s) in [(10.0, Some(0.1)), (4.0, None), (4.0, Some(0.25)), (2.0, None)] {
        let mut text = "t,x,y\n".to_owned();
        for i in 0..2000 {
            let [x, y] = position(f64::from(i) / rate);
            writeln!(text, "{:.6},{x},{y}", f64::from(i) / rate).unwrap();
        }
        let file = text_file(&dir, text);
        let task = open_with(&file, 100, |spec| {
            default(spec);
            spec.max_gap_s = max_gap_s;
        })
        .unwrap();
        assert_eq!(task.recording().unwrap().stretches, 1, "{rate} Hz");
    }
}
