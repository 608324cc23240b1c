//! Numbers that may not be finite, in JSON: infinity is `null`, minus infinity `"-inf"`, and what is not a
//! number `"nan"`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes a number so that it is read back as it is.
pub(crate) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_nan() {
        serializer.serialize_str("nan")
    } else if *value == f64::NEG_INFINITY {
        serializer.serialize_str("-inf")
    } else {
        value.is_finite().then_some(*value).serialize(serializer)
    }
}

/// Reads a number that [`serialize`] wrote.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Word(Word),
    }
    #[derive(Deserialize)]
    enum Word {
        #[serde(rename = "nan")]
        Nan,
        #[serde(rename = "-inf")]
        MinusInfinity,
    }
    Ok(match Option::<Written>::deserialize(deserializer)? {
        None => f64::INFINITY,
        Some(Written::Number(value)) => value,
        Some(Written::Word(Word::Nan)) => f64::NAN,
        Some(Written::Word(Word::MinusInfinity)) => f64::NEG_INFINITY,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[derive(Serialize, Deserialize)]
    struct One(#[serde(with = "super")] f64);

    #[test]
    fn every_number_is_read_back_as_it_was() {
        for value in [0.1, -3.0, 1e-300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            let text = serde_json::to_string(&One(value)).unwrap();
            let read = serde_json::from_str::<One>(&text).unwrap().0;
            assert!(read == value || (read.is_nan() && value.is_nan()), "{text}");
        }
        assert!(serde_json::from_str::<One>("\"inf\"").is_err());
        assert_eq!(serde_json::from_str::<One>("3").unwrap().0, 3.0);
    }
}
