import Docker from 'dockerode';

/** Id of the project's toolbox image in the local engine. `TOOLBOX_IMAGE` names it; the test command sets it after it has built the image. */
export async function toolboxImageId(): Promise<string> {
  const name = process.env['TOOLBOX_IMAGE'];
  if (!name) throw new Error('expected TOOLBOX_IMAGE to name the toolbox image, found nothing; run npm test, which builds it first');
  return (await new Docker().getImage(name).inspect()).Id;
}
