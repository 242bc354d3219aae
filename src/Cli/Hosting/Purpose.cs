namespace Orchestrator.Cli.Hosting;

/// <summary>What a control plane in this process is for.</summary>
internal enum Purpose
{
    /// <summary>It answers the questions of this process and writes nothing. Any number do so beside each other and beside one that trains.</summary>
    Reading,
    /// <summary>It changes what is there, without a worker.</summary>
    Changing,
    /// <summary>It trains.</summary>
    Training,
}
