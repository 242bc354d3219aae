using Orchestrator.Storage.Tests;
using Orchestrator.Storage.Tests.Crashes;
using Xunit.MicrosoftTestingPlatform;

return args is [WritingProcess.Verb, .. var rest]
    ? await WritingProcess.Run(rest)
    : await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
