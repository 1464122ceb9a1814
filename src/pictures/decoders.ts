import sharp from 'sharp';

// One thread and no cache: what a picture takes is given back when it is done.
sharp.cache(false);
sharp.concurrency(1);

// Everything that can be read is a door. SVG, PDF, TIFF and the rest stay shut for the whole process.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadNsgifBuffer',
    'VipsForeignLoadHeifBuffer',
  ],
});

export { sharp };
