//! TCG's registry of TPM vendors.

/// The vendor ids of TCG's registry, as a certificate's manufacturer attribute writes them after `id:`.
const REGISTERED: &[&str] = &[
    "414D4400", // AMD
    "414E5400", // Ant Group
    "41544D4C", // Atmel
    "4252434D", // Broadcom
    "4353434F", // Cisco
    "464C5953", // Flyslice
    "474F4F47", // Google
    "48495349", // Huawei
    "48504500", // HPE
    "48504900", // HPI
    "49424D00", // IBM
    "49465800", // Infineon
    "494E5443", // Intel
    "4C454E00", // Lenovo
    "4D534654", // Microsoft
    "4E534700", // NSING
    "4E534D20", // National Semiconductor
    "4E544300", // Nuvoton
    "4E545A00", // Nationz
    "51434F4D", // Qualcomm
    "524F4343", // Rockchip
    "53454345", // SecEdge
    "5345414C", // SEALSQ
    "534D534E", // Samsung
    "534D5343", // SMSC
    "534E5300", // Sinosun
    "53544D20", // STMicroelectronics
    "54584E00", // Texas Instruments
    "57454300", // Winbond
];

/// Whether TCG lists the manufacturer.
pub(super) fn is_registered(manufacturer: &str) -> bool {
    let id = manufacturer.strip_prefix("id:").unwrap_or_default();
    REGISTERED
        .iter()
        .any(|registered| registered.eq_ignore_ascii_case(id))
}
