//! The lines of a sweep's figure: which networks share one, and their mean and spread at each place.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::sweep_view::{SweepPoint, SweepValue, SweepView};

/// A line: the networks that differ in seed and the key along x alone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Values of [`Lines::keys`].
    pub values: Vec<SweepValue>,
    /// By ascending place.
    pub places: Vec<Place>,
}

/// The networks of a line at one value of the key along x.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    /// Index in [`Lines::values`].
    pub index: usize,
    /// The networks, by seed.
    pub networks: Vec<Measured>,
    /// How many of them are judged.
    pub judged: usize,
    /// Mean of the measurements of those; none without any.
    pub mean: Option<f64>,
    /// Sample standard deviation (n − 1) of those; none of a single network.
    pub sd: Option<f64>,
}

/// A network's measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    pub seed: u64,
    pub value: f64,
    /// [`SweepPoint::judged`].
    pub judged: bool,
}

/// Every network of a sweep, by line and place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lines {
    /// Values of the key along x: numbers ascending, else in order of first appearance.
    pub values: Vec<SweepValue>,
    /// The other keys whose values tell the lines apart, as indices of [`SweepView::others`].
    pub keys: Vec<usize>,
    /// The lines, ordered by their values.
    pub lines: Vec<Line>,
    /// Networks without a finite measurement.
    pub unmeasured: usize,
    /// Networks that lack the key along x, where the others have numbers.
    pub keyless: usize,
    /// Networks that have keys and seed of another one.
    pub twins: usize,
    /// Networks whose measurement means nothing.
    pub unjudged: usize,
}

impl Lines {
    /// Whether x is a number.
    pub fn numeric(&self) -> bool {
        self.values.iter().all(|value| matches!(value, SweepValue::Number(_)))
    }
}

/// Sorts the networks of a view into lines.
pub(super) fn lines(view: &SweepView) -> Lines {
    let measured: Vec<&SweepPoint> =
        view.points.iter().filter(|point| point.value.is_finite()).collect();
    // Without the key there is no place among numbers; among words it is one of them.
    let numbers = measured.iter().any(|point| matches!(point.x, SweepValue::Number(_)))
        && !measured.iter().any(|point| matches!(point.x, SweepValue::Text(_)));
    let (drawn, keyless): (Vec<_>, Vec<_>) =
        measured.iter().copied().partition(|point| !numbers || point.x != SweepValue::Absent);

    let mut numbered = Numbering::default();
    let places: Vec<usize> = drawn.iter().map(|point| numbered.of(&point.x)).collect();
    let (values, rank) = if numbers { numbered.ascending() } else { numbered.in_order() };
    let mut others: Vec<Numbering> = view.others.iter().map(|_| Numbering::default()).collect();
    let codes: Vec<Vec<usize>> = drawn
        .iter()
        .map(|point| {
            others.iter_mut().zip(&point.others).map(|(seen, value)| seen.of(value)).collect()
        })
        .collect();
    let keys = telling(&places, &codes, view.others.len());
    let orders: Vec<Vec<usize>> = others.iter().map(|seen| seen.ascending().1).collect();

    // By line its first network, and by place seed and measurement of each.
    type Found = (usize, BTreeMap<usize, Vec<Measured>>);
    let mut found: BTreeMap<Vec<usize>, Found> = BTreeMap::new();
    for (i, point) in drawn.iter().enumerate() {
        let line = keys.iter().map(|key| orders[*key][codes[i][*key]]).collect();
        let (_, at) = found.entry(line).or_insert_with(|| (i, BTreeMap::new()));
        at.entry(rank[places[i]]).or_default().push(Measured {
            seed: point.seed,
            value: point.value,
            judged: point.judged,
        });
    }
    let mut twins = 0;
    let lines = found
        .into_values()
        .map(|(first, at)| Line {
            values: keys.iter().map(|key| drawn[first].others[*key].clone()).collect(),
            places: at
                .into_iter()
                .map(|(index, mut networks)| {
                    networks.sort_by(|a, b| a.seed.cmp(&b.seed).then(a.value.total_cmp(&b.value)));
                    let seeds: BTreeSet<u64> =
                        networks.iter().map(|network| network.seed).collect();
                    twins += networks.len() - seeds.len();
                    let judged: Vec<f64> = networks
                        .iter()
                        .filter(|network| network.judged)
                        .map(|network| network.value)
                        .collect();
                    let (mean, sd) = mean_and_sd(&judged);
                    Place { index, judged: judged.len(), networks, mean, sd }
                })
                .collect(),
        })
        .collect();
    Lines {
        values,
        keys,
        lines,
        unmeasured: view.points.len() - measured.len(),
        keyless: keyless.len(),
        twins,
        unjudged: drawn.iter().filter(|point| !point.judged).count(),
    }
}

/// The keys that lines differ in: each of them parts networks that x and the keys before it do not.
/// A key that follows another (in a sweep where both change together) needs no line of its own.
fn telling(places: &[usize], codes: &[Vec<usize>], keys: usize) -> Vec<usize> {
    let mut kept = Vec::new();
    let mut group = places.to_vec();
    let mut groups = group.iter().collect::<HashSet<_>>().len();
    for key in 0..keys {
        let mut finer: HashMap<(usize, usize), usize> = HashMap::new();
        let parted: Vec<usize> = group
            .iter()
            .zip(codes)
            .map(|(group, codes)| {
                let next = finer.len();
                *finer.entry((*group, codes[key])).or_insert(next)
            })
            .collect();
        if finer.len() > groups {
            groups = finer.len();
            group = parted;
            kept.push(key);
        }
    }
    kept
}

/// Mean and sample standard deviation.
fn mean_and_sd(values: &[f64]) -> (Option<f64>, Option<f64>) {
    if values.is_empty() {
        return (None, None);
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (Some(mean), (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt()))
}

/// Numbers distinct values in order of first appearance.
#[derive(Default)]
struct Numbering {
    by_text: HashMap<(u8, String), usize>,
    values: Vec<SweepValue>,
}

impl Numbering {
    fn of(&mut self, value: &SweepValue) -> usize {
        let key = match value {
            SweepValue::Number(number) => (0, number.to_bits().to_string()),
            SweepValue::Text(text) => (1, text.to_string()),
            SweepValue::Absent => (2, String::new()),
        };
        let next = self.values.len();
        *self.by_text.entry(key).or_insert_with(|| {
            self.values.push(value.clone());
            next
        })
    }

    /// The values, and the rank of each number.
    fn in_order(&self) -> (Vec<SweepValue>, Vec<usize>) {
        let rank = (0..self.values.len()).collect();
        (self.values.clone(), rank)
    }

    /// The same by ascending value: numbers, then texts, then none.
    fn ascending(&self) -> (Vec<SweepValue>, Vec<usize>) {
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        order.sort_by(|a, b| match (&self.values[*a], &self.values[*b]) {
            (SweepValue::Number(a), SweepValue::Number(b)) => a.total_cmp(b),
            (SweepValue::Text(a), SweepValue::Text(b)) => a.cmp(b),
            (a, b) => kind(a).cmp(&kind(b)),
        });
        let mut rank = vec![0; order.len()];
        for (place, number) in order.iter().enumerate() {
            rank[*number] = place;
        }
        (order.into_iter().map(|number| self.values[number].clone()).collect(), rank)
    }
}

fn kind(value: &SweepValue) -> u8 {
    match value {
        SweepValue::Number(_) => 0,
        SweepValue::Text(_) => 1,
        SweepValue::Absent => 2,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn view(
        key: &str,
        others: &[&str],
        points: &[(SweepValue, Vec<SweepValue>, u64, f64)],
    ) -> SweepView {
        SweepView {
            measurement: "m".into(),
            unit: "1".into(),
            key: key.into(),
            others: others.iter().map(|name| (*name).to_owned()).collect(),
            points: points
                .iter()
                .cloned()
                .map(|(x, others, seed, value)| SweepPoint {
                    x,
                    others,
                    seed,
                    value,
                    judged: value < 100.0,
                })
                .collect(),
        }
    }

    fn number(value: f64) -> SweepValue {
        SweepValue::Number(value)
    }

    fn text(value: &str) -> SweepValue {
        SweepValue::Text(value.into())
    }

    #[test]
    fn means_and_spreads_are_those_of_the_seeds() {
        let found = lines(&view(
            "k",
            &[],
            &[
                (number(2.0), vec![], 0, 4.0),
                (number(1.0), vec![], 1, 3.0),
                (number(1.0), vec![], 0, 1.0),
                (number(1.0), vec![], 2, 8.0),
                (number(1.0), vec![], 3, f64::NAN),
                (number(1.0), vec![], 4, 500.0),
                (SweepValue::Absent, vec![], 0, 1.0),
            ],
        ));
        assert_eq!(found.values, [number(1.0), number(2.0)]);
        assert_eq!((found.unmeasured, found.keyless, found.twins), (1, 1, 0));
        let [line] = &found.lines[..] else { panic!("{found:?}") };
        let [one, two] = &line.places[..] else { panic!("{line:?}") };
        let seeds: Vec<_> = one.networks.iter().map(|of| (of.seed, of.value)).collect();
        assert_eq!(seeds, [(0, 1.0), (1, 3.0), (2, 8.0), (4, 500.0)]);
        // The last of them is not judged.
        assert_eq!((one.mean, one.judged, found.unjudged), (Some(4.0), 3, 1));
        // (9 + 1 + 16) / 2 = 13.
        assert!((one.sd.unwrap() - 13f64.sqrt()).abs() < 1e-15);
        assert_eq!((two.mean, two.sd), (Some(4.0), None));
    }

    #[test]
    fn keys_that_follow_others_make_no_lines() {
        // b follows x, d follows c.
        let mut points = Vec::new();
        for x in 0..3 {
            for c in [10.0, 9.0] {
                for seed in 0..2 {
                    let others = vec![number(f64::from(x) * 2.0), number(c), text(&c.to_string())];
                    points.push((number(f64::from(x)), others, seed, 1.0));
                }
            }
        }
        let found = lines(&view("x", &["b", "c", "d"], &points));
        assert_eq!(found.keys, [1]);
        let values: Vec<_> = found.lines.iter().map(|line| line.values[0].clone()).collect();
        assert_eq!(values, [number(9.0), number(10.0)], "ascending");
        assert!(found.lines.iter().all(|line| line.places.len() == 3));
    }

    #[test]
    fn words_stand_in_order_of_appearance_and_twins_are_counted() {
        let found = lines(&view(
            "k",
            &[],
            &[
                (text("b"), vec![], 0, 1.0),
                (text("a"), vec![], 0, 1.0),
                (SweepValue::Absent, vec![], 0, 1.0),
                (text("b"), vec![], 0, 1.0),
            ],
        ));
        assert_eq!(found.values, [text("b"), text("a"), SweepValue::Absent]);
        assert!(!found.numeric());
        assert_eq!(found.twins, 1);
    }
}
