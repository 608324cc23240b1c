//! Cells and decoding against numbers computed with the reference implementation.

use std::fs::File;

use ndarray::{Array0, Array1, Array2, Array3};
use ndarray_npy::NpzReader;
use quiescent::experiment::Tuning;
use quiescent::task::{HeadCells, PlaceCells};

fn fixture() -> NpzReader<File> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/cells.npz");
    NpzReader::new(File::open(path).unwrap()).unwrap()
}

#[track_caller]
fn assert_all_near(values: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(values.len(), expected.len());
    for (i, (value, expected)) in values.iter().zip(expected).enumerate() {
        assert!(
            (value - expected).abs() <= tolerance,
            "element {i}: {value} is not within {tolerance} of {expected}"
        );
    }
}

#[test]
fn place_cells() {
    let mut fixture = fixture();
    let centres: Array2<f32> = fixture.by_name("place_centers").unwrap();
    let width: Array0<f64> = fixture.by_name("place_sigma").unwrap();
    let positions: Array3<f32> = fixture.by_name("positions").unwrap();
    let activity: Array3<f32> = fixture.by_name("place_activation_softmax").unwrap();
    let decoded: Array3<f32> = fixture.by_name("place_decoded_top3").unwrap();

    let cells = PlaceCells::with_preferred(
        centres.into_raw_vec_and_offset().0,
        width.into_scalar(),
        Tuning::NormalizedGaussian,
    )
    .unwrap();
    let mut ours = vec![f32::NAN; activity.len()];
    cells.activity(positions.as_slice().unwrap(), &mut ours);
    assert_all_near(&ours, activity.as_slice().unwrap(), 1e-6);
    let mut ours = vec![f32::NAN; decoded.len()];
    cells.decode(activity.as_slice().unwrap(), 3, &mut ours);
    assert_all_near(&ours, decoded.as_slice().unwrap(), 1e-6);
}

#[test]
fn head_direction_cells() {
    let mut fixture = fixture();
    let preferred: Array1<f32> = fixture.by_name("hd_preferred").unwrap();
    let width: Array0<f64> = fixture.by_name("hd_spread").unwrap();
    let headings: Array3<f32> = fixture.by_name("headings").unwrap();
    let activity: Array3<f32> = fixture.by_name("hd_activation_peak1").unwrap();
    let decoded: Array3<f32> = fixture.by_name("hd_decoded_top3").unwrap();

    let cells = HeadCells::with_preferred(preferred.to_vec(), width.into_scalar()).unwrap();
    let mut ours = vec![f32::NAN; activity.len()];
    cells.activity(headings.as_slice().unwrap(), &mut ours);
    assert_all_near(&ours, activity.as_slice().unwrap(), 1e-6);
    let mut ours = vec![f32::NAN; decoded.len()];
    cells.decode(activity.as_slice().unwrap(), 3, &mut ours);
    assert_all_near(&ours, decoded.as_slice().unwrap(), 1e-6);
}
