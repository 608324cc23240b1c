//! A task from outside the crate is trained and measured like the built-in ones: the example of a
//! linear track.

use std::ops::ControlFlow;

use quiescent::training::{Event, Trainer, evaluate};

#[path = "../../examples/linear_track.rs"]
mod linear_track;

#[test]
fn a_task_of_ones_own_is_trained_and_rests_where_it_woke() {
    // Seed 0; with 600 batches the error is 0.05 m, compared with 0.51 m for a constant answer.
    let found = linear_track::run(600).unwrap();
    assert!(found.trained.decode_error < found.constant.decode_error / 5.0, "{found:?}");
    assert_eq!(found.kl.indistinguishable(), Some(true), "{found:?}");
    // Rest begins where waking ended, so a network that moves nothing is near, too.
    assert!(found.kl_untrained.nats.abs() < 0.1, "{found:?}");
}

#[test]
fn it_is_none_of_the_papers_conditions() {
    let network = linear_track::untrained(1).unwrap();
    let protocol = quiescent::paper::Protocol::demo(quiescent::experiment::TaskKind::Spatial);
    let refused = quiescent::paper::study(&network, &protocol, |_| ControlFlow::Continue(()));
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("not one of the paper's"), "{refused}");
}

#[test]
fn a_network_of_ones_own_arrays_is_simulated_and_trained() {
    let source = linear_track::untrained(2).unwrap();
    let arrays: Vec<_> =
        source.parameters().views().map(|(name, view)| (name.to_owned(), 0.5 * &view)).collect();
    let network = linear_track::of_arrays(&arrays, 2).unwrap();
    assert_eq!(network.parameters().view("w_rec.weight").unwrap(), arrays[2].1);
    assert!(evaluate(&network).loss.is_finite());
    let losses: Vec<Event> = Trainer::of(network).collect();
    assert!(matches!(losses[0], Event::Batch { batch: 1, train_loss } if train_loss > 0.0));
    assert!(matches!(losses[..], [_, _, Event::Test { batch: 2, .. }, Event::Checkpoint { .. }]));

    let refused = linear_track::of_arrays(&arrays[1..], 2).unwrap_err().to_string();
    assert_eq!(refused, "`encoder.weight` missing");
}
