extension Picture {
    /// Has Pillow compare renditions with its own scaling.
    static let referenceScript = #"""
        """Reads lines 'original TAB rendition TAB width TAB height' and compares each rendition
        with Pillow's own LANCZOS scaling of the original, upright and in sRGB. Prints and fails on
        a wrong size or a PSNR below 30 dB."""

        import io
        import math
        import sys

        from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat

        BAR_DECIBEL = 30
        Image.MAX_IMAGE_PIXELS = None


        def upright_srgb(path):
            image = Image.open(path)
            profile = image.info.get("icc_profile")
            image = ImageOps.exif_transpose(image)
            if image.mode in ("RGBA", "LA", "P"):
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            image = image.convert("RGB")
            if profile:
                source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
                image = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"),
                                                  renderingIntent=1)
            return image


        def psnr(first, second):
            stat = ImageStat.Stat(ImageChops.difference(first, second))
            error = sum(stat.sum2) / (3 * first.width * first.height)
            return 99.0 if error == 0 else 10 * math.log10(255 * 255 / error)


        def check(original, rendition, width, height):
            reference = upright_srgb(original)
            scale = min(width / reference.width, height / reference.height, 1)
            size = tuple(max(1, math.floor(side * scale + 0.5)) for side in reference.size)
            made = Image.open(rendition)
            if made.info.get("exif") and made.getexif().get(0x0112, 1) != 1:
                return "still says that it is to be turned"
            if made.size != size:
                return f"is {made.size}, not {size}"
            quality = psnr(made.convert("RGB"), reference.resize(size, Image.LANCZOS))
            print(f"{original} {size}: {quality:.1f} dB")
            return None if quality >= BAR_DECIBEL else f"has {quality:.1f} dB"


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
