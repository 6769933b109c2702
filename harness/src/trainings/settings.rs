//! In what the configurations of trainings differ.

use std::collections::BTreeMap;

use serde::Serialize;
use toml::Value;

/// A key that has not the same value in all runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Setting {
    /// With the tables that it is in, as `--set` takes it.
    pub(crate) key: String,
    /// The value in each run; nothing where it has none.
    pub(crate) values: Vec<Option<String>>,
}

/// The keys that differ between these configurations, in their order of name. A text that is no TOML has none.
pub(crate) fn differing(configurations: &[&str]) -> Vec<Setting> {
    let mut keys: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    for (side, text) in configurations.iter().enumerate() {
        let mut add = |key: &str, value: &Value| {
            let values = keys.entry(key.to_owned()).or_insert(vec![None; configurations.len()]);
            values[side] = Some(value.to_string());
        };
        flatten("", &Value::Table(text.parse().unwrap_or_default()), &mut add);
    }
    let differ = |values: &Vec<Option<String>>| values.iter().any(|value| *value != values[0]);
    let rows = keys.into_iter().filter(|(_, values)| differ(values));
    rows.map(|(key, values)| Setting { key, values }).collect()
}

fn flatten(prefix: &str, value: &Value, add: &mut impl FnMut(&str, &Value)) {
    let Value::Table(table) = value else { return add(prefix, value) };
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        flatten(&key, value, add);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let settings = differing(&[
            "algorithm = \"ra3\"\n[training]\nseed = 1\nrows = 8\n",
            "algorithm = \"ntp\"\n[training]\nrows = 8\n",
        ]);
        let told: Vec<_> = settings.iter().map(|it| (it.key.as_str(), it.values.clone())).collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            told,
            [
                ("algorithm", vec![some("\"ra3\""), some("\"ntp\"")]),
                ("training.seed", vec![some("1"), None])
            ]
        );
    }

    #[test]
    fn what_is_no_configuration_differs_in_nothing() {
        assert_eq!(differing(&["= 1", ""]), []);
    }
}
