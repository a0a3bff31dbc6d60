//! Nested events that are made up, always the same ones.

use std::io::{self, Write};

/// The generator of numbers that has the name SplitMix64.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Between 0 and 1, a `float32`.
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }
}

const TRIGGERS: [&str; 5] = [
    "HLT_IsoMu24",
    "HLT_Mu50",
    "HLT_Ele32_WPTight",
    "HLT_PFMET120",
    "HLT_Photon200",
];

/// Writes lines of JSON until there are so many bytes.
pub fn write(mut out: impl Write, bytes: u64) -> io::Result<()> {
    let mut numbers = Numbers(1);
    let (mut written, mut event) = (0, 0_u64);
    while written < bytes {
        let line = line(&mut numbers, event);
        out.write_all(line.as_bytes())?;
        written += line.len() as u64;
        event += 1;
    }
    out.flush()
}

fn line(numbers: &mut Numbers, event: u64) -> String {
    let muons: Vec<String> = (0..numbers.below(5))
        .map(|_| {
            let charge = if numbers.below(2) == 0 { 1 } else { -1 };
            let (pt, eta, phi) = (
                numbers.unit() * 120.0,
                numbers.unit() * 4.8 - 2.4,
                numbers.unit() * 6.28 - 3.14,
            );
            format!(
                r#"{{"pt":{pt},"eta":{eta},"phi":{phi},"charge":{charge},"tight":{}}}"#,
                numbers.below(3) == 0
            )
        })
        .collect();
    let jets: Vec<String> = (0..numbers.below(8))
        .map(|_| {
            let parts: Vec<String> = (0..numbers.below(4))
                .map(|_| numbers.below(100).to_string())
                .collect();
            let (pt, mass) = (
                f64::from(numbers.unit()) * 300.0,
                f64::from(numbers.unit()) * 0.1,
            );
            format!(
                r#"{{"pt":{pt},"mass":{mass},"constituents":[{}]}}"#,
                parts.join(",")
            )
        })
        .collect();
    let vertex = match numbers.below(4) {
        0 => "null".to_owned(),
        _ => format!(
            r#"{{"x":{},"y":{},"z":{}}}"#,
            numbers.unit(),
            numbers.unit(),
            numbers.unit() * 20.0 - 10.0
        ),
    };
    let triggers: Vec<String> = (0..numbers.below(3))
        .map(|_| format!("{:?}", TRIGGERS[numbers.below(5) as usize]))
        .collect();
    format!(
        "{{\"run\":{},\"event\":{},\"met\":{},\"triggers\":[{}],\"vertex\":{vertex},\"muons\":[{}],\"jets\":[{}]}}\n",
        355_000 + event / 10_000,
        1_000_000_000 + event,
        numbers.unit() * 90.0,
        triggers.join(","),
        muons.join(","),
        jets.join(","),
    )
}
