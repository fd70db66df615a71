import Foundation

@testable import Agent

/// Little files of the kinds a prompt may hold, whole and valid.
enum MediaSamples {
    /// 3x2 pixels, two IDAT chunks and a text.
    static let rgbPNG = Self.decode(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAACXRFWHRUaXRsZQByZWQz32egAAAAB0lEQVR42mP4z8DAclmNdwAAAAlJREFU\
        AMNQAAAs5wL+WLZzCgAAAABJRU5ErkJggg==
        """
    )
    /// 2x2 pixels with a palette.
    static let palettePNG = Self.decode(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAMAAABFaP0WAAAABlBMVEUAAAD///+l2Z/dAAAADElEQVR42mNgYARCAAAMAAMVnhj8AAAAAElF\
        TkSuQmCC
        """
    )
    /// 16x16 pixels, baseline, from the tests of Python.
    static let jpeg = Self.decode(
        """
        /9j/4AAQSkZJRgABAQEAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwS\
        ExIQEw8QEBD/2wBDAQMDAwQDBAgEBAgQCwkLEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBD/wAAR\
        CAAQABADASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABwQF/8QAJBAAAQQBBAICAwAAAAAAAAAAAQIDBAYFBwgSExEiABQJMTL/xAAV\
        AQEBAAAAAAAAAAAAAAAAAAAABv/EACMRAAECBQMFAAAAAAAAAAAAAAECEQMEBQYhABIxFRZhgeH/2gAMAwEAAhEDEQA/ABSm0mobc8HmExLU\
        lRzzEWPkJWW+ulrsaUVAseUgslSlH9LKuPryIKuWPZdskzXmm3fX5m2nF4GlVxx/HOpx4ks51+MiU/Iaad7UcUo4tILoS4kqcWkezS0hO/Hv\
        uRp0rO6hWnWO1UisZVuFi4GFeyEpmGepa5S5SWVPuciFKRFLgSrwetnyPIB+Vb4N9mKhQMzo5po9XLdDs9d6ZVix2VEhiL9kuNPxw2gEKcDQ\
        /rs8AuA8VAe0vdl7VOYn+27flGAUgmITjbhSmCg3BYlyeWDkMolvw4KOp1KM6iCNvngZHwetf//Z
        """
    )
    /// 16x16 pixels, from the tests of Python.
    static let gif = Self.decode(
        """
        R0lGODlhEAAQAPU/AOu7GOu+IfPBGvrHGf3LG//MHOvCKv/PI//PJP/QJf/TLevFNOjHPf/TMP/UMP3VNvrTOf/XOfnVPv/YOuzORf/aQf/b\
        RP/eS//fTv/iVf/jWP/nYvLhbvXjb/3pav/rbDJghzZmkDZnkTZpkzdoljdqljlsljpvmzpwnDtwnDxxnj1zoj50oj92pUB4pkJ7qkN8q0N9\
        rUV/r0aAsUeBskiDtEiFtkqGukyJvEyKvEyKv0+NwVCPw1KRxv///wAAACH/C0ltYWdlTWFnaWNrB2dhbW1hPTAAIfkEBQAAPwAsAAAAABAA\
        EAAABpvAn/C3u81iLRVpyBTmfLMXC1VqMm1RVqo0sv50thjLFDKVqszeDleTuVSn0fmXuUh+PB1N9oKP/iA/FxUPXzY0UipnIoEUhAo/hzAu\
        XU0VEQoHP0cuIj8cHhsZGBUTCggEPzFSPx0fGxoYFhENCAUCQispP6+xpacFBVawGAwLBgEAAF6xsw0Jwl4/shEOCT6p0j8QzwUD2uBDQQA7
        """
    )
    /// 1x1 pixel with a graphic control extension.
    static let smallGIF = Self.decode(
        """
        R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7
        """
    )
    /// 1x1 pixel, VP8.
    static let lossyWebP = Self.decode(
        """
        UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA
        """
    )
    /// 1x1 pixel, VP8L.
    static let losslessWebP = Self.decode(
        """
        UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==
        """
    )
    /// 1x1 pixel, VP8X with ALPH and VP8.
    static let alphaWebP = Self.decode(
        """
        UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAA\
        AA==
        """
    )
    /// 1x1 pixel, VP8X with one frame.
    static let animatedWebP = Self.decode(
        """
        UklGRlIAAABXRUJQVlA4WAoAAAASAAAAAAAAAAAAQU5JTQYAAAD/////AABBTk1GJgAAAAAAAAAAAAAAAAAAAGQAAABWUDhMDQAAAC8AAAAQ\
        BxAREYiI/gcA
        """
    )
    /// One empty page.
    static let pdf = Self.decode(
        """
        JVBERi0xLjQKMSAwIG9iajw8L1R5cGUvQ2F0YWxvZy9QYWdlcyAyIDAgUj4+ZW5kb2JqCjIgMCBvYmo8PC9UeXBlL1BhZ2VzL0tpZHNbMyAw\
        IFJdL0NvdW50IDE+PmVuZG9iagozIDAgb2JqPDwvVHlwZS9QYWdlL1BhcmVudCAyIDAgUi9NZWRpYUJveFswIDAgNzIgNzJdPj5lbmRvYmoK\
        eHJlZgowIDQKMDAwMDAwMDAwMCA2NTUzNSBmIAowMDAwMDAwMDA5IDAwMDAwIG4gCjAwMDAwMDAwNTIgMDAwMDAgbiAKMDAwMDAwMDEwMSAw\
        MDAwMCBuIAp0cmFpbGVyPDwvU2l6ZSA0L1Jvb3QgMSAwIFI+PgpzdGFydHhyZWYKMTYyCiUlRU9GCg==
        """
    )

    /// The images by name, with what they are.
    static let images: [(name: String, bytes: [UInt8], format: ImageFormat, width: Int, height: Int)] = [
        ("RGB PNG", rgbPNG, .png, 3, 2), ("palette PNG", palettePNG, .png, 2, 2), ("JPEG", jpeg, .jpeg, 16, 16),
        ("GIF", gif, .gif, 16, 16), ("small GIF", smallGIF, .gif, 1, 1), ("lossy WebP", lossyWebP, .webP, 1, 1),
        ("lossless WebP", losslessWebP, .webP, 1, 1), ("alpha WebP", alphaWebP, .webP, 1, 1),
        ("animated WebP", animatedWebP, .webP, 1, 1),
    ]

    /// A chunk of a PNG, its checksum right.
    static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return Self.bigEndian(UInt32(data.count)) + body + Self.bigEndian(CRC32.checksum(body[...]))
    }

    /// A PNG's header chunk.
    static func header(
        width: UInt32,
        height: UInt32,
        depth: UInt8 = 8,
        colourType: UInt8 = 2,
        rest: [UInt8] = [0, 0, 0]
    ) -> [UInt8] {
        Self.chunk("IHDR", Self.bigEndian(width) + Self.bigEndian(height) + [depth, colourType] + rest)
    }

    /// A PNG of these chunks.
    static func png(_ chunks: [UInt8]...) -> [UInt8] { PNGFile.signature + chunks.joined() }

    static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    private static func bigEndian(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

    private static func decode(_ text: String) -> [UInt8] { Data(base64Encoded: text).map { Array($0) } ?? [] }
}
