//! The colours of every figure, chosen to be told apart by colour-blind readers.

/// The active phase, everywhere (Okabe and Ito's blue).
pub const ACTIVE: &str = "#0072B2";
/// The quiescent phase, everywhere (Okabe and Ito's vermillion).
pub const QUIESCENT: &str = "#D55E00";
/// The animal itself, in reports on recordings.
pub const RECORDED: &str = "#444444";
/// Samples of a recording that are further from the path than an animal moves.
pub(crate) const LOST: &str = "#AA3377";
/// Samples of a recording that a tracker wrote for want of the animal.
pub(crate) const MARKED: &str = "#E69F00";
/// Walls.
pub(crate) const WALLS: &str = "#9a9a9a";
/// Runs shown together: Okabe and Ito's palette without the two phase colours and yellow.
pub const RUNS: [&str; 5] = ["#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];

/// A map from [0, 1] to colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColorMap {
    /// Viridis: dark blue over green to yellow.
    Distance,
    /// White to deep purple, for densities: nothing is white, as on paper.
    Density,
    /// Cyclic, for headings from −π to π: a circle through lightness and blue–yellow, the two
    /// directions of colour that all common forms of colour blindness leave intact.
    Heading,
}

const VIRIDIS: [[u8; 3]; 10] = [
    [68, 1, 84],
    [72, 40, 120],
    [62, 73, 137],
    [49, 104, 142],
    [38, 130, 142],
    [31, 158, 137],
    [53, 183, 121],
    [109, 205, 89],
    [180, 222, 44],
    // The published map ends in a yellow too light for points on white.
    [228, 218, 20],
];

const PURPLES: [[u8; 3]; 6] = [
    [255, 255, 255],
    [224, 218, 238],
    [178, 163, 212],
    [131, 100, 178],
    [88, 40, 135],
    [45, 0, 75],
];

impl ColorMap {
    /// The colour at `t`, clamped to [0, 1].
    pub(crate) fn at(self, t: f64) -> String {
        let t = if t.is_finite() { t.clamp(0.0, 1.0) } else { 0.0 };
        let [r, g, b] = match self {
            Self::Distance => between(&VIRIDIS, t),
            Self::Density => between(&PURPLES, t),
            Self::Heading => {
                let (sin, cos) = ((t - 0.5) * std::f64::consts::TAU).sin_cos();
                oklab(0.60 - 0.20 * cos, 0.06 * cos, -0.125 * sin)
            }
        };
        format!("#{r:02x}{g:02x}{b:02x}")
    }
}

fn between(stops: &[[u8; 3]], t: f64) -> [u8; 3] {
    let place = t * (stops.len() - 1) as f64;
    let low = (place.floor() as usize).min(stops.len() - 2);
    let share = place - low as f64;
    std::array::from_fn(|i| {
        let (a, b) = (f64::from(stops[low][i]), f64::from(stops[low + 1][i]));
        (a + share * (b - a)).round() as u8
    })
}

/// Shades of a colour, light and dark and to both sides of its hue, that tell `count` trials of one phase
/// apart.
pub(crate) fn shades(color: &str, count: usize) -> Vec<String> {
    let [lightness, a, b] = from_hex(color);
    let (chroma, hue) = (a.hypot(b), b.atan2(a));
    (0..count)
        .map(|i| {
            // Neighbouring trials are far apart in lightness.
            let step = (i * 5 % count.max(1)) as f64 / (count.max(2) - 1) as f64;
            let side = [0.0, 0.25, -0.25][i % 3];
            let hue = hue + side;
            let lightness = lightness - 0.22 + 0.38 * step.min(1.0);
            let [r, g, b] = oklab(lightness, chroma * hue.cos(), chroma * hue.sin());
            format!("#{r:02x}{g:02x}{b:02x}")
        })
        .collect()
}

/// A colour `#rrggbb` in OKLab; black if it is not one.
fn from_hex(color: &str) -> [f64; 3] {
    let channel = |at: usize| {
        let digits = color.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let encoded = f64::from(digits.unwrap_or(0)) / 255.0;
        if encoded > 0.040_45 { ((encoded + 0.055) / 1.055).powf(2.4) } else { encoded / 12.92 }
    };
    let [r, g, b] = [channel(1), channel(3), channel(5)];
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    ]
}

/// OKLab (Ottosson 2020) to sRGB, clipped to what screens show.
fn oklab(lightness: f64, a: f64, b: f64) -> [u8; 3] {
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ]
    .map(|linear| {
        let linear = linear.clamp(0.0, 1.0);
        let encoded = if linear <= 0.003_130_8 {
            12.92 * linear
        } else {
            1.055 * linear.powf(1.0 / 2.4) - 0.055
        };
        (encoded * 255.0).round() as u8
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn rgb(color: &str) -> [f64; 3] {
        std::array::from_fn(|i| {
            f64::from(u8::from_str_radix(&color[1 + 2 * i..3 + 2 * i], 16).unwrap())
        })
    }

    #[test]
    fn heading_map_closes_and_tells_the_sides_apart() {
        assert_eq!(ColorMap::Heading.at(0.0), ColorMap::Heading.at(1.0));
        let (left, right) = (rgb(&ColorMap::Heading.at(0.25)), rgb(&ColorMap::Heading.at(0.75)));
        assert!(right[2] > left[2] + 60.0, "blue must separate {left:?} from {right:?}");
    }

    #[test]
    fn maps_clamp_and_start_where_stated() {
        assert_eq!(ColorMap::Density.at(-3.0), "#ffffff");
        assert_eq!(ColorMap::Density.at(f64::NAN), "#ffffff");
        assert_eq!(ColorMap::Distance.at(0.0), "#440154");
    }

    #[test]
    fn colours_survive_oklab_and_shades_differ() {
        for color in [ACTIVE, QUIESCENT, RUNS[0], "#ffffff"] {
            let [lightness, a, b] = from_hex(color);
            let [r, g, b] = oklab(lightness, a, b);
            assert_eq!(format!("#{r:02x}{g:02x}{b:02x}"), color.to_lowercase());
        }
        let mut shades = shades(QUIESCENT, 12);
        shades.sort_unstable();
        shades.dedup();
        assert_eq!(shades.len(), 12);
        assert_eq!(super::shades(ACTIVE, 0).len() + super::shades(ACTIVE, 1).len(), 1);
    }

    #[test]
    fn grey_survives_the_conversion() {
        let [r, g, b] = oklab(1.0, 0.0, 0.0);
        assert_eq!([r, g, b], [255, 255, 255]);
    }
}
