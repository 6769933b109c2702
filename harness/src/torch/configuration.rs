//! Configurations: TOML, with changes from the command line.

use std::num::NonZeroU32;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use trainer::LanguageModel;
use trainer::model::{Lora, Precision, Target};

use crate::load;

/// Which model learns.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Model {
    /// A folder as Hugging Face lays it out, or a GGUF file.
    pub(crate) path: PathBuf,
    /// Compute in bf16; the weights that learn stay f32.
    #[serde(default)]
    pub(crate) bf16: bool,
    /// Let adapters learn, and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lora: Option<LoraKeys>,
}

/// Which adapters learn.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LoraKeys {
    /// How many directions an adapter has.
    pub(crate) rank: NonZeroU32,
    /// What an adapter adds is multiplied by `alpha / rank`.
    pub(crate) alpha: f64,
    /// Which matrices of the layers are adapted, by the names that checkpoints have for them.
    #[serde(with = "names")]
    pub(crate) targets: Vec<Target>,
    /// Of the random numbers that adapters begin with.
    pub(crate) seed: u64,
}

impl Default for LoraKeys {
    fn default() -> Self {
        let rank = NonZeroU32::new(16).expect("16 is not zero");
        Self { rank, alpha: 32.0, targets: Target::ALL.to_vec(), seed: 0 }
    }
}

impl Model {
    /// The model, kept in f32 because it learns: small steps add up.
    pub(crate) fn load(&self) -> anyhow::Result<LanguageModel> {
        let kept = match (self.bf16, &self.lora) {
            (false, _) => Precision::Single,
            (true, None) => Precision::Mixed,
            // Small steps add up in the adapters, which are f32 in any case.
            (true, Some(_)) => Precision::Half,
        };
        let mut model = load::language_model(&self.path, kept)?;
        if let Some(keys) = &self.lora {
            let LoraKeys { rank, alpha, targets, seed } = keys.clone();
            ensure!(!targets.is_empty(), "`model.lora.targets` is empty, so nothing would learn");
            let lora = Lora { rank: rank.get().into(), alpha, targets, seed };
            model.decoder = model.decoder.adapted(lora);
        }
        Ok(model)
    }
}

/// The configuration that `text` gives, with these `KEY=VALUE` changes.
pub(crate) fn changed<T: DeserializeOwned>(text: &str, changes: &[String]) -> anyhow::Result<T> {
    let mut table: toml::Table = text.parse().context("this is no TOML")?;
    for change in changes {
        let (key, value) = change
            .split_once('=')
            .with_context(|| format!("`--set {change}` is not of the form KEY=VALUE"))?;
        // A word that is no TOML value is meant as a string.
        let value = format!("it = {value}")
            .parse::<toml::Table>()
            .ok()
            .and_then(|mut table| table.remove("it"))
            .unwrap_or_else(|| toml::Value::String(value.to_owned()));
        set(&mut table, key.trim(), value)?;
    }
    // Through text again, so that an error shows the line.
    Ok(toml::from_str(&toml::to_string(&table)?)?)
}

/// A configuration as a checkpoint remembers it. JSON has no infinity, so it is kept as text.
pub(crate) fn remembered(config: &impl Serialize) -> anyhow::Result<serde_json::Value> {
    Ok(serde_json::Value::String(toml::to_string(config)?))
}

/// Values that are written as their names.
pub(crate) mod name {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<T: Display, S: Serializer>(it: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(it)
    }

    pub(crate) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// The same for lists.
pub(crate) mod names {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<T: Display, S: Serializer>(it: &[T], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(it.iter().map(ToString::to_string))
    }

    pub(crate) fn deserialize<'de, T, D>(from: D) -> Result<Vec<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let texts = Vec::<String>::deserialize(from)?;
        texts.iter().map(|text| text.parse().map_err(de::Error::custom)).collect()
    }
}

/// The same for one that may be missing.
pub(crate) mod optional_name {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<T: Display, S: Serializer>(
        it: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match it {
            Some(it) => super::name::serialize(it, to),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        super::name::deserialize(from).map(Some)
    }
}

/// Set `key`, whose parts are divided by dots.
fn set(table: &mut toml::Table, key: &str, value: toml::Value) -> anyhow::Result<()> {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
            Ok(())
        }
        Some((outer, inner)) => {
            let within = table
                .entry(outer)
                .or_insert_with(|| toml::Value::Table(toml::Table::new()))
                .as_table_mut()
                .with_context(|| format!("`{outer}` is no table, so it has no `{inner}`"))?;
            set(within, inner, value)
        }
    }
}
