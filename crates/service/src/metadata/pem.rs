//! PEM, as far as certificates and revocation lists need it.

use data_encoding::BASE64;

/// The blocks with this label, such as `CERTIFICATE`; none where one of them is broken.
pub(super) fn blocks(text: &[u8], label: &str) -> Vec<Vec<u8>> {
    let Ok(mut rest) = std::str::from_utf8(text) else {
        return Vec::new();
    };
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    let mut blocks = Vec::new();
    while let Some((_, behind)) = rest.split_once(&begin) {
        let Some((body, behind)) = behind.split_once(&end) else {
            return Vec::new();
        };
        let dense: String = body.split_ascii_whitespace().collect();
        let Ok(block) = BASE64.decode(dense.as_bytes()) else {
            return Vec::new();
        };
        blocks.push(block);
        rest = behind;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_of_the_label_is_read_and_a_broken_one_leaves_none() {
        let text = "a\n-----BEGIN X-----\nAQ\nI=\n-----END X-----\n-----BEGIN Y-----\nAw==\n-----END Y-----\n\
                    -----BEGIN X-----\nBA==\n-----END X-----\n";
        assert_eq!(blocks(text.as_bytes(), "X"), [vec![1, 2], vec![4]]);
        assert_eq!(blocks(text.as_bytes(), "Z"), Vec::<Vec<u8>>::new());
        for broken in [text.replace("BA==", "B*=="), text.replace("AQ", "A")] {
            assert_eq!(blocks(broken.as_bytes(), "X"), Vec::<Vec<u8>>::new());
        }
        assert!(blocks(b"-----BEGIN X-----\nAQI=\n", "X").is_empty());
        assert!(blocks(b"\xff", "X").is_empty());
    }
}
