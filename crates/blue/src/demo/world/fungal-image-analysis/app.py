from aws_cdk import App

from infra.stack import AnalysisStack

app = App()
AnalysisStack(app, "fungal-image-analysis")
app.synth()
