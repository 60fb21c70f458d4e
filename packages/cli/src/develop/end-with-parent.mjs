// Preloaded into each service of `npm run dev`: when the command is killed outright, its services do not stay behind without it.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
