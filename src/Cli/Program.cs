using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Hosting;

using var interrupt = new Interrupt();
return await Root.Run(args, Composition.OfProcess(), interrupt.Token);
