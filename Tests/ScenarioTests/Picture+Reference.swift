extension Picture {
    /// Has Pillow compare renditions with its own scaling.
    static let referenceScript = #"""
        """Reads lines 'original TAB rendition TAB width TAB height' and compares each rendition
        with Pillow's own LANCZOS scaling of the original, upright and in sRGB. Prints and fails on
        a wrong size or a PSNR below the bar."""

        import io
        import math
        import sys

        from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat

        BAR_DECIBEL = 30
        Image.MAX_IMAGE_PIXELS = None


        def on_white(image):
            if image.mode in ("RGBA", "LA", "P"):
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            return image.convert("RGB")


        def upright_srgb(path):
            image = Image.open(path)
            profile = image.info.get("icc_profile")
            image = on_white(ImageOps.exif_transpose(image))
            if profile:
                source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
                image = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"),
                                                  renderingIntent=1)
            return image


        def psnr(first, second):
            stat = ImageStat.Stat(ImageChops.difference(first, second))
            error = sum(stat.sum2) / (3 * first.width * first.height)
            return 99.0 if error == 0 else 10 * math.log10(255 * 255 / error)


        def bar(reference, made):
            """30 dB, or what Pillow's own encoder leaves of the reference at quality 80, less 1."""
            if made.format not in ("JPEG", "WEBP"):
                return BAR_DECIBEL
            encoded = io.BytesIO()
            reference.save(encoded, made.format, quality=80)
            return min(BAR_DECIBEL, psnr(Image.open(encoded).convert("RGB"), reference) - 1)


        def check(original, rendition, width, height):
            reference = upright_srgb(original)
            scale = min(width / reference.width, height / reference.height, 1)
            size = tuple(max(1, math.floor(side * scale + 0.5)) for side in reference.size)
            made = Image.open(rendition)
            if made.info.get("exif") and made.getexif().get(0x0112, 1) != 1:
                return "still says that it is to be turned"
            if made.size != size:
                return f"is {made.size}, not {size}"
            reference = reference.resize(size, Image.LANCZOS)
            quality = psnr(on_white(made), reference)
            least = bar(reference, made)
            print(f"{original} {size}: {quality:.1f} dB, at least {least:.1f}")
            return None if quality >= least else f"has {quality:.1f} dB"


        failed = False
        for line in sys.stdin.read().splitlines():
            original, rendition, width, height = line.split("\t")
            problem = check(original, rendition, int(width), int(height))
            if problem:
                failed = True
                print(f"{original} at {width}x{height} {problem}")
        sys.exit(failed)
        """#
}
