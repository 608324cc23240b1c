//! What networks that know nothing reach on a test set.

use crate::network::Network;
use crate::run::{Chance, TestResult};
use crate::training::{Evaluation, constant_answer, evaluate};

/// Tests a constant answer and the network before its training on the network's own test set.
pub(super) fn chance(network: &Network) -> Chance {
    Chance {
        constant: test_result(constant_answer(network)),
        untrained: test_result(evaluate(&network.before_training())),
    }
}

/// What run folders keep of an evaluation.
pub(super) fn test_result(evaluation: Evaluation) -> TestResult {
    TestResult { loss: evaluation.loss, decode_error: evaluation.decode_error }
}
