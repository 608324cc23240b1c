//! The room of a recording: the animal's extent, or walls that are given.

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Shortest and longest side of a room, in metres.
const SIDE_M: std::ops::RangeInclusive<f64> = 0.01..=50.0;
/// Furthest that a wall may be from the origin of the recording's coordinates, in metres.
const FURTHEST_M: f64 = 1000.0;
/// The word for [`ArenaSpec::Extent`].
const EXTENT: &str = "extent";
/// What may stand in a file.
const ALLOWED: [&str; 3] =
    [EXTENT, "{x_min_m, x_max_m, y_min_m, y_max_m}", "{width_m, height_m, centre_m: [x, y]}"];

/// The room that a recording was made in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ArenaSpec {
    /// `extent`: the rectangle that the animal's positions span, with a margin.
    Extent,
    /// Walls, given by their places or by `width_m`, `height_m` and `centre_m`; always written by
    /// their places.
    Walls(WallsSpec),
}

/// Walls of a rectangular room, in the recording's coordinates in metres (after the conversion of
/// units).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WallsSpec {
    /// Left wall.
    pub x_min_m: f64,
    /// Right wall.
    pub x_max_m: f64,
    /// Lower wall.
    pub y_min_m: f64,
    /// Upper wall.
    pub y_max_m: f64,
}

impl WallsSpec {
    /// Whether these can be the walls of a room: a sentence for the reader if not.
    pub(super) fn check(&self) -> Result<(), String> {
        for (low_key, low, high_key, high) in [
            ("x_min_m", self.x_min_m, "x_max_m", self.x_max_m),
            ("y_min_m", self.y_min_m, "y_max_m", self.y_max_m),
        ] {
            if !(low.abs() <= FURTHEST_M && high.abs() <= FURTHEST_M) {
                return Err(format!(
                    "a wall stands at {low} or {high} m; allowed: -{FURTHEST_M} to {FURTHEST_M} m"
                ));
            }
            if !SIDE_M.contains(&(high - low)) {
                return Err(format!(
                    "from {low_key} to {high_key} (or in width_m, height_m) the room measures {} \
                     m; allowed: {} to {} m",
                    high - low,
                    SIDE_M.start(),
                    SIDE_M.end()
                ));
            }
        }
        Ok(())
    }
}

impl WallsSpec {
    /// Whether a point, in m from the middle of the room, lies between the walls.
    pub(super) fn holds(&self, [x, y]: [f64; 2]) -> bool {
        x.abs() <= 0.5 * (self.x_max_m - self.x_min_m)
            && y.abs() <= 0.5 * (self.y_max_m - self.y_min_m)
    }
}

impl Serialize for ArenaSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Extent => serializer.serialize_str(EXTENT),
            Self::Walls(walls) => walls.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ArenaSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyForm)
    }
}

/// Reads every form that an arena can be given in.
struct AnyForm;

/// The keys of both maps.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    x_min_m: Option<f64>,
    x_max_m: Option<f64>,
    y_min_m: Option<f64>,
    y_max_m: Option<f64>,
    width_m: Option<f64>,
    height_m: Option<f64>,
    centre_m: Option<[f64; 2]>,
}

impl<'de> Visitor<'de> for AnyForm {
    type Value = ArenaSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [extent, walls, centred] = ALLOWED;
        write!(f, "{extent}, {walls} or {centred}")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ArenaSpec, E> {
        match text {
            EXTENT => Ok(ArenaSpec::Extent),
            other => Err(E::unknown_variant(other, &ALLOWED)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ArenaSpec, A::Error> {
        let keys = Keys::deserialize(de::value::MapAccessDeserializer::new(map))?;
        keys.walls().map(ArenaSpec::Walls).map_err(de::Error::custom)
    }
}

impl Keys {
    fn walls(&self) -> Result<WallsSpec, String> {
        let walls = match *self {
            Self {
                x_min_m: Some(x_min_m),
                x_max_m: Some(x_max_m),
                y_min_m: Some(y_min_m),
                y_max_m: Some(y_max_m),
                width_m: None,
                height_m: None,
                centre_m: None,
            } => WallsSpec { x_min_m, x_max_m, y_min_m, y_max_m },
            Self {
                x_min_m: None,
                x_max_m: None,
                y_min_m: None,
                y_max_m: None,
                width_m: Some(width),
                height_m: Some(height),
                centre_m: Some([x, y]),
            } => WallsSpec {
                x_min_m: x - 0.5 * width,
                x_max_m: x + 0.5 * width,
                y_min_m: y - 0.5 * height,
                y_max_m: y + 0.5 * height,
            },
            _ => {
                let given = [
                    ("x_min_m", self.x_min_m.is_some()),
                    ("x_max_m", self.x_max_m.is_some()),
                    ("y_min_m", self.y_min_m.is_some()),
                    ("y_max_m", self.y_max_m.is_some()),
                    ("width_m", self.width_m.is_some()),
                    ("height_m", self.height_m.is_some()),
                    ("centre_m", self.centre_m.is_some()),
                ];
                let given: Vec<&str> =
                    given.iter().filter(|(_, there)| *there).map(|(key, _)| *key).collect();
                let [_, walls, centred] = ALLOWED;
                let given = if given.is_empty() { "nothing".to_owned() } else { given.join(", ") };
                return Err(format!("give {walls} or {centred}, all of one; given: {given}"));
            }
        };
        walls.check()?;
        Ok(walls)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::{Experiment, TaskSpec};
    use super::*;

    const RECORDED: &str = "task: {kind: spatial, recording: {file: a.csv, arena: ARENA}}";

    fn arena_of(experiment: &Experiment) -> ArenaSpec {
        experiment.task.recording().unwrap().arena.unwrap()
    }

    fn read(arena: &str) -> Result<Experiment, String> {
        Experiment::parse(&RECORDED.replace("ARENA", arena), "a.yml")
            .map_err(|error| error.to_string())
    }

    #[test]
    fn both_forms_of_one_room_are_one_arena() {
        let walls = read("{x_min_m: -1, x_max_m: 2, y_min_m: 0, y_max_m: 0.5}").unwrap();
        let centred = read("{width_m: 3, height_m: 0.5, centre_m: [0.5, 0.25]}").unwrap();
        assert_eq!(walls, centred);
        assert_eq!(walls.identity().unwrap(), centred.identity().unwrap());
        assert_eq!(
            arena_of(&walls),
            ArenaSpec::Walls(WallsSpec { x_min_m: -1.0, x_max_m: 2.0, y_min_m: 0.0, y_max_m: 0.5 })
        );
        let text = walls.to_yaml().unwrap();
        assert_eq!(Experiment::parse(&text, "again.yml").unwrap(), walls, "{text}");
    }

    #[test]
    fn the_extent_is_the_default_and_walls_can_be_set_one_by_one() {
        let plain =
            Experiment::resolve("demo/spatial/noisy_unbiased", &["task.recording=a.csv"]).unwrap();
        assert_eq!(arena_of(&plain), ArenaSpec::Extent);
        assert!(plain.to_yaml().unwrap().contains("arena: extent"));
        assert_eq!(read("extent").unwrap().task.recording(), plain_recording().task.recording());
        let walls = [
            "task.recording.arena.x_min_m=0",
            "task.recording.arena.x_max_m=1",
            "task.recording.arena.y_min_m=0",
            "task.recording.arena.y_max_m=2",
        ];
        let given = plain.with_all(&walls).unwrap();
        assert_eq!(
            arena_of(&given),
            ArenaSpec::Walls(WallsSpec { x_min_m: 0.0, x_max_m: 1.0, y_min_m: 0.0, y_max_m: 2.0 })
        );
        let wider = given.with("task.recording.arena.x_max_m=1.5").unwrap();
        assert_ne!(wider.identity().unwrap(), given.identity().unwrap());
        assert_eq!(
            arena_of(&given.with("task.recording.arena=extent").unwrap()),
            ArenaSpec::Extent
        );
    }

    fn plain_recording() -> Experiment {
        Experiment::parse("task: {kind: spatial, recording: a.csv}", "a.yml").unwrap()
    }

    #[test]
    fn what_is_no_room_is_refused_with_its_place() {
        for (arena, says) in [
            ("{x_min_m: 0, x_max_m: 1}", "given: x_min_m, x_max_m"),
            ("{width_m: 1, height_m: 1}", "given: width_m, height_m"),
            ("{}", "`{}` gives no value"),
            ("{width_m: 1, height_m: 1, centre_m: [0, 0], x_min_m: 0}", "all of one"),
            ("{x_min_m: 1, x_max_m: 0, y_min_m: 0, y_max_m: 1}", "allowed: 0.01 to 50 m"),
            ("{x_min_m: 0, x_max_m: 100, y_min_m: 0, y_max_m: 100}", "allowed: 0.01 to 50 m"),
            ("{x_min_m: .nan, x_max_m: 1, y_min_m: 0, y_max_m: 1}", "allowed: -1000 to 1000 m"),
            ("{width_m: 1, height_m: 1, center_m: [0, 0]}", "did you mean `centre_m`?"),
            ("{width_m: wide, height_m: 1, centre_m: [0, 0]}", "arena.width_m: expected a number"),
            ("{width_m: 1, height_m: 1, centre_m: [0]}", "expected a list of 2 values"),
            ("walls", "unknown choice `walls`"),
            ("3", "task.recording.arena: invalid type: integer `3`"),
            ("[0, 1, 0, 1]", "x_min_m"),
        ] {
            let said = read(arena).unwrap_err();
            assert!(said.contains(says), "{arena}: {said}");
            assert!(said.starts_with("a.yml:1: task.recording.arena"), "{arena}: {said}");
        }
    }

    #[test]
    fn rest_begins_between_the_walls() {
        let walls = read("{x_min_m: 10, x_max_m: 12, y_min_m: 0, y_max_m: 1}").unwrap();
        assert!(walls.with("rest.start={point: [0.9, -0.4]}").is_ok());
        let said = walls.with("rest.start={point: [10.5, 0.5]}").unwrap_err().to_string();
        assert!(
            said.contains("rest.start.point") && said.contains("middle of that room"),
            "{said}"
        );
    }

    #[test]
    fn a_heading_has_no_arena() {
        let said = Experiment::resolve(
            "demo/head_direction/noisy_unbiased",
            &["task.recording=a.csv", "task.recording.arena=extent"],
        )
        .unwrap_err()
        .to_string();
        assert!(said.contains("task.recording.arena") && said.contains("heading"), "{said}");
        let plain =
            Experiment::resolve("demo/head_direction/noisy_unbiased", &["task.recording=a.csv"])
                .unwrap();
        assert!(matches!(plain.task, TaskSpec::HeadDirection(_)));
        assert_eq!(plain.task.recording().unwrap().arena, None);
        assert!(!plain.to_yaml().unwrap().contains("arena"));
    }
}
