using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Hosting;
using Orchestrator.Platform;

IPlatform.Current.LimitNativeHeap(); // first, while few threads have memory
using var interrupt = new Interrupt();
return await Root.Run(args, Composition.OfProcess(), interrupt.Token);
