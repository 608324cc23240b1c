//! Claims about networks that integrate position (figures 1, 2 and C.1 to C.4).

use super::claim::{Claim, Detail};
use super::evidence::{
    Evidence, SeedOutcome, Statement, detail, difference, explained_difference, mean, ratio,
};
use crate::analysis::Outcome;
use crate::analysis::bootstrap::Measured;
use crate::analysis::reactivation::Estimate;
use crate::measure::ALMOST_NATS;
use crate::paper::matrix::Column;
use crate::paper::{Condition, PhaseKey, RunStudy};

/// Explained-variance curves that differ by no more than this agree.
const SAME_CURVE: f64 = 0.1;
/// Divergences this many times as large are far ones.
const FAR: f64 = 10.0;
/// Pairs of noisy and noiseless networks.
const VARIANTS: [(&str, Condition, Condition); 2] = [
    ("unbiased", Condition::NOISY_UNBIASED, Condition::NOISELESS_UNBIASED),
    ("biased", Condition::NOISY_BIASED, Condition::NOISELESS_BIASED),
];

pub(super) fn claims(evidence: &Evidence<'_>) -> Vec<Claim> {
    let mut claims = Vec::new();
    for (_, noisy, _) in VARIANTS {
        claims.push(explained(evidence, noisy, PhaseKey::Quiescent, "1c"));
    }
    for (name, noisy, _) in VARIANTS {
        claims.push(nearest(evidence, name, noisy, PhaseKey::Quiescent, "2e"));
        claims.push(same_motion(evidence, name, noisy, PhaseKey::Quiescent, "2e"));
    }
    claims.push(untrained_is_far(evidence));
    claims.push(almost_uniform(evidence, Condition::NOISY_UNBIASED, PhaseKey::Quiescent, "2e"));
    for variant in VARIANTS {
        claims.push(explores_more(evidence, variant, PhaseKey::Quiescent, "2f"));
    }
    for (name, noisy, noiseless) in VARIANTS {
        claims.push(erratic(evidence, name, noisy, noiseless));
    }
    for (_, noisy, _) in VARIANTS {
        claims.push(explained(evidence, noisy, PhaseKey::SameNoise, "C.1"));
    }
    for (name, noisy, _) in VARIANTS {
        claims.push(nearest(evidence, name, noisy, PhaseKey::SameNoise, "C.1"));
        claims.push(same_motion(evidence, name, noisy, PhaseKey::SameNoise, "C.1"));
    }
    claims.push(almost_uniform(evidence, Condition::NOISY_UNBIASED, PhaseKey::SameNoise, "C.1"));
    for variant in VARIANTS {
        claims.push(explores_more(evidence, variant, PhaseKey::SameNoise, "C.1"));
    }
    for (name, noisy, _) in VARIANTS {
        claims.push(colder(evidence, name, noisy));
    }
    for (name, noisy, _) in VARIANTS {
        for start in [PhaseKey::FromPoint, PhaseKey::AfterWake] {
            claims.push(start_dependence(evidence, name, noisy, start));
        }
    }
    claims
}

/// The suffix `.same_noise` for the id of a claim about a quiescent phase without doubled noise.
fn suffix(rest: PhaseKey) -> &'static str {
    if rest == PhaseKey::SameNoise { ".same_noise" } else { "" }
}

fn in_words(rest: PhaseKey) -> &'static str {
    if rest == PhaseKey::SameNoise { "Without doubled noise, " } else { "" }
}

pub(super) fn explained(
    evidence: &Evidence<'_>,
    condition: Condition,
    rest: PhaseKey,
    figure: &'static str,
) -> Claim {
    let seeds = evidence.each(condition, |study| Ok((explained_difference(study, rest)?, None)));
    Statement {
        id: format!(
            "{figure}.explained_variance.{}{}",
            condition.label().replace(' ', "_").to_lowercase(),
            suffix(rest)
        ),
        figure,
        statement: format!(
            "{}active and quiescent activity of {condition} have as many dimensions: their \
             cumulative explained variances agree",
            in_words(rest)
        ),
        unit: "1",
        expected: format!("largest difference over the first 10 components at most {SAME_CURVE}"),
    }
    .judged(evidence.lacking(&[condition]), seeds, Vec::new(), |difference| {
        difference <= SAME_CURVE
    })
}

/// Divergences of a matrix cell, one outcome per seed.
fn cell(evidence: &Evidence<'_>, row: Condition, column: Column) -> Vec<SeedOutcome> {
    let found = evidence.matrix.cell(row, column).into_iter();
    found
        .map(|(seed, kl)| (seed, Ok((kl.nats, Some([kl.interval.low, kl.interval.high])))))
        .collect()
}

fn cell_mean(evidence: &Evidence<'_>, row: Condition, column: Column) -> Option<f64> {
    mean(evidence.matrix.cell(row, column).into_iter().map(|(_, kl)| kl.nats))
}

/// Mean over seeds of the value below which 95 % of the divergences between halves of the active trials
/// lie.
pub(super) fn floor_mean(
    evidence: &Evidence<'_>,
    condition: Condition,
    rest: PhaseKey,
) -> Option<f64> {
    mean(evidence.of(condition).filter_map(|study| {
        Some(study.divergence(rest).ok()?.kl_quiescent_from_active.floor?.upper)
    }))
}

/// How much farther one seed's quiescent density is from the nearest active density of other conditions
/// than from the nearest of those that are `own`, in nats. The interval pairs the ends that are farthest
/// apart.
fn margin(
    evidence: &Evidence<'_>,
    seed: u64,
    column: Column,
    own: impl Fn(Condition) -> bool,
) -> Option<(f64, Option<[f64; 2]>)> {
    let nearest = |is_own: bool| {
        let rows = Condition::SPATIAL.into_iter().filter(|row| own(*row) == is_own);
        let found = rows.filter_map(|row| {
            let cell = evidence.matrix.cell(row, column).into_iter();
            let kl = cell.filter(|(of, _)| *of == seed).map(|(_, kl)| kl).next()?;
            Some([kl.nats, kl.interval.low, kl.interval.high])
        });
        found.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].min(b[2])])
    };
    let ([own, own_low, own_high], [other, low, high]) = (nearest(true)?, nearest(false)?);
    Some((other - own, Some([low - own_high, high - own_low])))
}

fn nearest(
    evidence: &Evidence<'_>,
    name: &str,
    condition: Condition,
    rest: PhaseKey,
    figure: &'static str,
) -> Claim {
    let column = Column::Rest(condition, rest);
    let details = Condition::SPATIAL.into_iter().filter_map(|row| {
        let name = match row == condition {
            true => "KL from its own active density".to_owned(),
            false => format!("KL from the active density, {}", row.label()),
        };
        detail(name, cell_mean(evidence, row, column), "nats")
    });
    let margins = evidence.of(condition).filter_map(|study| {
        Some((study.seed, Ok(margin(evidence, study.seed, column, |row| row == condition)?)))
    });
    Statement {
        id: format!("{figure}.nearest.{name}{}", suffix(rest)),
        figure,
        statement: format!(
            "{}the quiescent density of {condition} is nearer to its own active density than to \
             any other",
            in_words(rest)
        ),
        unit: "nats",
        expected:
            "KL from the nearest active density of another condition minus that from its own \
                   above 0"
                .into(),
    }
    .judged(
        evidence.lacking(&Condition::SPATIAL),
        margins.collect(),
        details.collect(),
        |margin| margin > 0.0,
    )
}

/// The weaker statement: the quiescent density is nearest to an active density of the same motion, learnt
/// with or without noise.
fn same_motion(
    evidence: &Evidence<'_>,
    name: &str,
    condition: Condition,
    rest: PhaseKey,
    figure: &'static str,
) -> Claim {
    let column = Column::Rest(condition, rest);
    let margins = evidence.of(condition).filter_map(|study| {
        let same = |row: Condition| row.biased == condition.biased;
        Some((study.seed, Ok(margin(evidence, study.seed, column, same)?)))
    });
    Statement {
        id: format!("{figure}.same_motion.{name}{}", suffix(rest)),
        figure,
        statement: format!(
            "{}the quiescent density of {condition} is nearest to an active density of the same \
             motion, {name}",
            in_words(rest)
        ),
        unit: "nats",
        expected: "KL from the nearest active density of the other motion minus that from the \
                   nearest of the same motion above 0"
            .into(),
    }
    .judged(evidence.lacking(&Condition::SPATIAL), margins.collect(), Vec::new(), |margin| {
        margin > 0.0
    })
}

fn untrained_is_far(evidence: &Evidence<'_>) -> Claim {
    let untrained = Column::Rest(Condition::NOISY_UNBIASED, PhaseKey::Untrained);
    let rows: Vec<(Condition, Option<f64>)> =
        Condition::SPATIAL.map(|row| (row, cell_mean(evidence, row, untrained))).to_vec();
    let nearest_row = rows
        .iter()
        .filter_map(|(row, nats)| Some((*row, (*nats)?)))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(row, _)| row);
    // The divergence of a density that is indistinguishable from the active one counts as its floor.
    let own: Vec<f64> = [Condition::NOISY_UNBIASED, Condition::NOISY_BIASED]
        .into_iter()
        .filter_map(|row| {
            let cell = evidence.matrix.cell(row, Column::Rest(row, PhaseKey::Quiescent));
            mean(
                cell.into_iter()
                    .map(|(_, kl)| kl.floor.map_or(kl.nats, |floor| kl.nats.max(floor.upper))),
            )
        })
        .collect();
    let farthest_own = own.iter().copied().reduce(f64::max);
    let mut details: Vec<Detail> = rows
        .iter()
        .filter_map(|(row, nats)| {
            detail(format!("KL from the active density, {}", row.label()), *nats, "nats")
        })
        .collect();
    details.extend(detail(
        "largest KL of a noisy network from its own active density, at least its floor",
        farthest_own,
        "nats",
    ));
    let seeds = match (nearest_row, farthest_own) {
        (Some(row), Some(own)) => {
            let beyond = |nats: f64| nats - FAR * own;
            let beyond = |(nats, ends): (f64, Option<[f64; 2]>)| {
                (beyond(nats), ends.map(|ends| ends.map(beyond)))
            };
            let found = cell(evidence, row, untrained).into_iter();
            found.map(|(seed, outcome)| (seed, outcome.map(beyond))).collect()
        }
        _ => Vec::new(),
    };
    Statement {
        id: "2e.untrained_far".into(),
        figure: "2e",
        statement: "The quiescent density of an untrained network is far from every active density"
            .into(),
        unit: "nats",
        expected: format!(
            "its KL from the nearest active density minus {FAR} times that of the noisy networks from \
             their own at least 0"
        ),
    }
    .judged(evidence.lacking(&Condition::SPATIAL), seeds, details, |beyond| beyond >= 0.0)
}

pub(super) fn almost_uniform(
    evidence: &Evidence<'_>,
    condition: Condition,
    rest: PhaseKey,
    figure: &'static str,
) -> Claim {
    let seeds = evidence.each(condition, |study| {
        let found = study.divergence(rest)?;
        Ok(difference(&found.kl_quiescent_from_active, &found.kl_uniform_from_active))
    });
    let mean_of = |column| cell_mean(evidence, condition, column);
    let details = [
        detail("KL(quiescent ‖ active)", mean_of(Column::Rest(condition, rest)), "nats"),
        detail(
            "floor: 95 % of the values between halves of the active trials are below",
            floor_mean(evidence, condition, rest),
            "nats",
        ),
        detail("KL(uniform ‖ active), joint density", mean_of(Column::Uniform), "nats"),
    ];
    Statement {
        id: format!("{figure}.almost_uniform{}", suffix(rest)),
        figure,
        statement: format!(
            "{}the quiescent density of {condition} is almost as near to its active density as a \
             uniform density is",
            in_words(rest)
        ),
        unit: "nats",
        expected: format!(
            "KL(quiescent ‖ active) minus KL(uniform ‖ active) at most {ALMOST_NATS} nats"
        ),
    }
    .judged(
        evidence.lacking(&[condition]),
        seeds,
        details.into_iter().flatten().collect(),
        |difference| difference <= ALMOST_NATS,
    )
}

fn total_variance(study: &RunStudy, key: PhaseKey) -> Outcome<Measured> {
    Ok(study.phase(key)?.total_variance.as_ref().map_err(Clone::clone)?.mean)
}

/// Means over seeds of a measured value of two phases, as details.
fn both(
    evidence: &Evidence<'_>,
    of: [(Condition, PhaseKey); 2],
    value: impl Fn(&RunStudy, PhaseKey) -> Outcome<Measured>,
    unit: &str,
) -> Vec<Detail> {
    of.into_iter()
        .filter_map(|(condition, key)| {
            let values = evidence.of(condition).filter_map(|study| value(study, key).ok());
            let name = format!("{}, {}", condition.label(), key.label());
            detail(name, mean(values.map(|measured| measured.value)), unit)
        })
        .collect()
}

fn explores_more(
    evidence: &Evidence<'_>,
    (name, noisy, noiseless): (&str, Condition, Condition),
    rest: PhaseKey,
    figure: &'static str,
) -> Claim {
    let seeds = evidence.pairs((noisy, noiseless), |noisy, noiseless| {
        let one = total_variance(noisy, rest)?;
        let other = total_variance(noiseless, PhaseKey::Quiescent)?;
        Ok(ratio(&one, &other))
    });
    let of = [(noisy, rest), (noiseless, PhaseKey::Quiescent)];
    Statement {
        id: format!("{figure}.explores_more.{name}{}", suffix(rest)),
        figure,
        statement: format!(
            "{}{name} networks trained with noise explore more in one quiescent trial than those \
             trained without",
            in_words(rest)
        ),
        unit: "1",
        expected: "ratio of total variances (noisy / noiseless) above 1".into(),
    }
    .judged(
        evidence.lacking(&[noisy, noiseless]),
        seeds,
        both(evidence, of, total_variance, "m²"),
        |ratio| ratio > 1.0,
    )
}

fn erratic(evidence: &Evidence<'_>, name: &str, noisy: Condition, noiseless: Condition) -> Claim {
    let step = |study: &RunStudy, key: PhaseKey| -> Outcome<Measured> {
        study.phase(key)?.step_distance.clone()
    };
    let seeds = evidence.pairs((noisy, noiseless), |noisy, noiseless| {
        Ok(ratio(&step(noiseless, PhaseKey::GivenNoise)?, &step(noisy, PhaseKey::Quiescent)?))
    });
    let of = [(noiseless, PhaseKey::GivenNoise), (noisy, PhaseKey::Quiescent)];
    let mut details = both(evidence, of, step, "m");
    details.extend(both(
        evidence,
        [(noisy, PhaseKey::Active), (noiseless, PhaseKey::Active)],
        step,
        "m",
    ));
    let figure = if name == "unbiased" { "C.3" } else { "C.4" };
    Statement {
        id: format!("{figure}.erratic.{name}"),
        figure,
        statement: format!(
            "Quiescent {name} networks that were trained without noise move erratically when they \
             are given noise"
        ),
        unit: "1",
        expected: "ratio of mean step distances (noiseless with noise / noisy) above 1".into(),
    }
    .judged(evidence.lacking(&[noisy, noiseless]), seeds, details, |ratio| ratio > 1.0)
}

fn colder(evidence: &Evidence<'_>, name: &str, condition: Condition) -> Claim {
    let seeds = evidence.each(condition, |study| {
        let same = total_variance(study, PhaseKey::SameNoise)?;
        let doubled = total_variance(study, PhaseKey::Quiescent)?;
        Ok(ratio(&same, &doubled))
    });
    let of = [(condition, PhaseKey::SameNoise), (condition, PhaseKey::Quiescent)];
    Statement {
        id: format!("C.1.colder.{name}"),
        figure: "C.1",
        statement: format!(
            "Without doubled noise, the quiescent phase of {condition} has a lower temperature: it \
             explores less"
        ),
        unit: "1",
        expected: "ratio of total variances (same / doubled noise) below 1".into(),
    }
    .judged(
        evidence.lacking(&[condition]),
        seeds,
        both(evidence, of, total_variance, "m²"),
        |ratio| ratio < 1.0,
    )
}

pub(super) fn start_dependence(
    evidence: &Evidence<'_>,
    name: &str,
    condition: Condition,
    start: PhaseKey,
) -> Claim {
    let kl = |study: &RunStudy, key: PhaseKey| -> Outcome<Estimate> {
        Ok(study.divergence(key)?.kl_quiescent_from_active)
    };
    let seeds = evidence.each(condition, |study| {
        Ok(difference(&kl(study, start)?, &kl(study, PhaseKey::Quiescent)?))
    });
    let average = |key: PhaseKey| {
        mean(evidence.of(condition).filter_map(|study| Some(kl(study, key).ok()?.nats)))
    };
    let burnt = |key: PhaseKey| {
        mean(evidence.of(condition).filter_map(|study| {
            let curve = study.phase(key).ok()?.burn_in.as_ref().ok()?;
            Some((*curve.ratios.first()?)?.ratio)
        }))
    };
    let details = [
        detail("KL(quiescent ‖ active), this start", average(start), "nats"),
        detail("KL(quiescent ‖ active), encoded starts", average(PhaseKey::Quiescent), "nats"),
        detail(
            "floor: 95 % of the values between halves of the active trials are below",
            floor_mean(evidence, condition, start),
            "nats",
        ),
        detail("within-trial over pooled variance, this start", burnt(start), "1"),
        detail(
            "within-trial over pooled variance, encoded starts",
            burnt(PhaseKey::Quiescent),
            "1",
        ),
    ];
    let (id, words) = match start {
        PhaseKey::FromPoint => ("from_point", "all at one point"),
        _ => ("after_wake", "where the active phase ended"),
    };
    Statement {
        id: format!("start.{id}.{name}"),
        figure: "ours",
        statement: format!(
            "The quiescent density of {condition} does not owe its likeness to the starts: if its \
             trials start {words}, it is as near to the active density"
        ),
        unit: "nats",
        expected: format!(
            "KL(quiescent ‖ active) minus that from encoded starts at most {ALMOST_NATS} nats"
        ),
    }
    .judged(
        evidence.lacking(&[condition]),
        seeds,
        details.into_iter().flatten().collect(),
        |difference| difference <= ALMOST_NATS,
    )
}
