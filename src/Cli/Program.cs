using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Hosting;
using Orchestrator.Platform;
using Orchestrator.Results.Sql;

IPlatform.Current.LimitNativeHeap(); // first, while few threads have memory
if (args is [QueryChild.Argument])
{
    return QueryProcess.Run(Console.In, Console.Out);
}
using var interrupt = new Interrupt();
return await Root.Run(args, Composition.OfProcess(), interrupt.Token);
