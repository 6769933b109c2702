//! Numbers as people read them.

/// A share of one as a percentage: `62.8 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1}\u{a0}%", share * 100.0)
}

/// A count with its thousands set apart: `1,640`.
pub(super) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A count with its noun: `1 task`, `164 tasks`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// A length of time in the unit that suits it: `31 ms`, `4.20 s`, `3 min 12 s`, `2 h 05 min`.
pub(super) fn seconds(length: f64) -> String {
    let whole = length.round() as u64;
    match length {
        ..0.9995 => format!("{:.0} ms", length * 1000.0),
        ..9.995 => format!("{length:.2} s"),
        ..59.95 => format!("{length:.1} s"),
        ..3599.5 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// An amount of memory or text in decimal units: `812 B`, `12.4 kB`, `1.2 GB`.
pub(super) fn bytes(amount: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if amount < 1000 {
        return format!("{amount} B");
    }
    let mut scaled = amount as f64 / 1000.0;
    let mut unit = 0;
    // 999.95 would be shown as 1000.0.
    while scaled >= 999.95 && unit + 1 < UNITS.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    format!("{scaled:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!([0, 999, 1_640, 1_234_567].map(count), ["0", "999", "1,640", "1,234,567"]);
        assert_eq!([counted(1, "task"), counted(0, "task")], ["1 task", "0 tasks"]);
    }

    #[test]
    fn times_choose_their_unit() {
        let lengths = [0.0, 0.0314, 0.9996, 4.2, 41.26, 59.96, 192.0, 7_500.0];
        let shown = [
            "0 ms",
            "31 ms",
            "1.00 s",
            "4.20 s",
            "41.3 s",
            "1 min 00 s",
            "3 min 12 s",
            "2 h 05 min",
        ];
        assert_eq!(lengths.map(seconds), shown);
    }

    #[test]
    fn amounts_choose_their_unit() {
        let amounts = [0, 999, 1_000, 12_400_000, 999_999, 5_000_000_000];
        assert_eq!(amounts.map(bytes), ["0 B", "999 B", "1.0 kB", "12.4 MB", "1.0 MB", "5.0 GB"]);
    }
}
