using Orchestrator.Storage.Logs;

namespace Orchestrator.Worker;

/// <summary>What this worker logs about runs, on its way to the control plane.</summary>
internal sealed class WorkerLogCapture(WorkerOptions options, TimeProvider time) : RunLogCapture("Orchestrator.Worker", options.WorkerId, time, new RunLogBuffer(MostLines))
{
    private const int MostLines = 4000;
}
