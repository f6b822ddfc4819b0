using System.CommandLine;
using PortraitGen.Api.Cli;
using PortraitGen.Api.Demo;
using PortraitGen.Api.Pretraining;

return await CommandLine.RunAsync(new RootCommand("PortraitGen.Jobs: batch jobs that post-train portrait text-to-image models with exemplar GRPO.")
{
    DemoCommand.Create(),
    PretrainCommand.Create(),
    ServeCommand.Create(),
    BatchCommand.Create(),
    DatasetCommand.Create(),
    CampaignCommand.Create(),
    JobCommand.Create(),
    TeamCommand.Create(),
    CheckpointCommand.Create(),
    PlanCommand.Create(),
    DatabaseCommand.Create(),
    StoreCommand.Create(),
    DoctorCommand.Create(),
}, args);
